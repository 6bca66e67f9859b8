using static System.FormattableString;

namespace Frugal.Cli.Commands.Inspect;

/// <summary>Large numbers with three to four digits and a prefix: <c>4.09 G</c>.</summary>
internal static class Quantity
{
    private static readonly (double Size, string Prefix)[] prefixes = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];

    /// <summary>A count of things.</summary>
    public static string Of(long count) => With(count, "").TrimEnd();

    /// <summary>A number of bytes.</summary>
    public static string OfBytes(long count) => With(count, "B");

    private static string With(long count, string unit)
    {
        foreach (var (size, prefix) in prefixes)
        {
            if (count >= size)
                return Invariant($"{count / size:0.00} {prefix}{unit}");
        }
        return Invariant($"{count} {unit}");
    }
}

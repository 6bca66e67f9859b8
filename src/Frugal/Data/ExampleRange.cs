using System.Globalization;

namespace Frugal.Data;

/// <summary>Some neighbouring examples of a dataset, by position: <c>100</c> for the first hundred, <c>4000..14000</c> for those from 4,000 up to, but not including, 14,000.</summary>
/// <param name="First">Position of the first.</param>
/// <param name="End">Position after the last.</param>
public readonly record struct ExampleRange(int First, int End)
{
    /// <summary>Reads <c>100</c> or <c>4000..14000</c>.</summary>
    /// <exception cref="FormatException">The text is neither, or no example lies in it.</exception>
    public static ExampleRange Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int dots = text.IndexOf("..", StringComparison.Ordinal);
        string first = dots < 0 ? "0" : text[..dots], end = dots < 0 ? text : text[(dots + 2)..];
        return int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int from) && int.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out int to) && from < to
            ? new(from, to)
            : throw new FormatException($"'{text}' is not a range of examples: write 100 for the first hundred, or 4000..14000 for those from 4000 up to 13999");
    }

    /// <summary>These examples of a dataset.</summary>
    /// <exception cref="FrugalException">The dataset ends before the range does.</exception>
    public Dataset Of(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return End <= data.Count
            ? data.Choose([.. Enumerable.Range(First, End - First)])
            : throw new FrugalException($"The range of examples {this} goes beyond the data, which has {data.Count}.");
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => First == 0 ? End.ToString(CultureInfo.InvariantCulture) : FormattableString.Invariant($"{First}..{End}");
}

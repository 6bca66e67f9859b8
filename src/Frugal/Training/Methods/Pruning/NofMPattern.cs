using System.Globalization;

namespace Frugal.Training.Methods.Pruning;

/// <summary>How many of neighbouring inputs an output of a linear layer may weigh: <c>2:4</c> keeps two of every four.</summary>
/// <param name="Kept">Weights that stay in a group, N.</param>
/// <param name="Group">Neighbouring inputs in a group, M.</param>
public readonly record struct NofMPattern(int Kept, int Group)
{
    private const int LargestGroup = 1024;

    /// <summary>Two of four, which packed layers and tensor cores have a format for.</summary>
    public static readonly NofMPattern TwoOfFour = new(2, 4);

    /// <summary>Reads <c>2:4</c>.</summary>
    /// <exception cref="FormatException">The text is no two numbers, or does not keep at least one weight and leave out at least one.</exception>
    public static NofMPattern Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split(':') is [var kept, var group] && Number(kept) is { } n && Number(group) is { } m && n < m
            ? new(n, m)
            : throw new FormatException($"'{text}' is no N:M pattern: write how many weights stay of how many neighbours, as in 2:4, with 1 ≤ N < M ≤ {LargestGroup}");
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => FormattableString.Invariant($"{Kept}:{Group}");

    /// <summary>Refuses a layer whose inputs do not fill the groups.</summary>
    /// <param name="path">Path of the layer, for the message.</param>
    /// <param name="inFeatures">Its inputs.</param>
    /// <exception cref="FrugalException">They do not; the message says what would do.</exception>
    internal void RequireDivides(string path, long inFeatures)
    {
        int group = Group;
        if (inFeatures % group == 0)
            return;
        string allowed = string.Join(", ", Enumerable.Range(2, LargestGroup - 1).Where(m => inFeatures % m == 0).Take(8));
        throw new FrugalException($"'{path}' has {inFeatures} inputs, which groups of {group} do not divide (pattern {this}): exclude it, or choose {(allowed.Length == 0 ? "another layer, since no group fits" : $"groups of {allowed}")}");
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= LargestGroup ? number : null;
}

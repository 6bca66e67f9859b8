namespace Frugal.Catalogue;

/// <summary>
/// States the allowed range of an option in words, for help pages and the schema; the setter enforces it (see <see cref="Guard"/>).
/// A catalogue-wide test holds the two together by trying values just outside.
/// </summary>
/// <param name="low">Smallest value.</param>
/// <param name="high">Largest value.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class RangeAttribute(double low, double high) : Attribute
{
    /// <summary>Smallest value, negative infinity when there is none.</summary>
    public double Low { get; } = low;

    /// <summary>Largest value, positive infinity when there is none.</summary>
    public double High { get; } = high;

    /// <summary>True when <see cref="Low"/> itself is not allowed.</summary>
    public bool AboveLow { get; init; }

    /// <summary>True when <see cref="High"/> itself is not allowed.</summary>
    public bool BelowHigh { get; init; }
}

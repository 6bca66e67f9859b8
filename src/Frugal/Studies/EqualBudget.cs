using Frugal.Catalogue;

namespace Frugal.Studies;

/// <summary>Arms that claim to cost the same. The study holds them to it: a comparison at unequal budgets says nothing.</summary>
public sealed class EqualBudget
{
    private readonly double within = 0.01;

    /// <summary>The budget, e.g. <c>parameters</c> or <c>training-updates</c>.</summary>
    public required string Metric { get; init; }

    /// <summary>Names of the arms.</summary>
    public required IReadOnlyList<string> Arms { get; init; }

    /// <summary>Largest relative difference allowed.</summary>
    [Range(0, 1)]
    public double Within { get => within; init => within = Guard.Between(value, 0, 1); }
}

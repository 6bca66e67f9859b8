using Frugal.Catalogue;
using Frugal.Models;
using Frugal.Recipes;

namespace Frugal.Studies;

/// <summary>One of the recipes that a study sets side by side.</summary>
public sealed class Arm
{
    /// <summary>The model it begins with; null takes the study's.</summary>
    public ModelConfig? Model { get; init; }

    /// <summary>Added to each of the study's seeds, so that arms with one recipe become different networks: the members of an ensemble.</summary>
    [Range(0, 1_000_000)]
    public long SeedOffset { get; init => field = Guard.Between(value, 0, 1_000_000); }

    /// <summary>What the model goes through.</summary>
    public required IReadOnlyList<Step> Steps { get; init; }
}

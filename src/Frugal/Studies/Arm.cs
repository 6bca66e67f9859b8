using Frugal.Models;
using Frugal.Recipes;

namespace Frugal.Studies;

/// <summary>One of the recipes that a study sets side by side.</summary>
public sealed class Arm
{
    /// <summary>The model it begins with; null takes the study's.</summary>
    public ModelConfig? Model { get; init; }

    /// <summary>What the model goes through.</summary>
    public required IReadOnlyList<Step> Steps { get; init; }
}

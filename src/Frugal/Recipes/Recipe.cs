using Frugal.Data;
using Frugal.Models;

namespace Frugal.Recipes;

/// <summary>How one model comes to be: data, the model to begin with, and the steps it goes through.</summary>
public sealed class Recipe
{
    /// <summary>The data.</summary>
    public required DataSource Data { get; init; }

    /// <summary>The model to begin with.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>What the model goes through.</summary>
    public required IReadOnlyList<Step> Steps { get; init; }
}

using Frugal.Data;
using Frugal.Models;
using Frugal.Recipes;
using Frugal.Studies.Claims;

namespace Frugal.Studies;

/// <summary>Recipes side by side, from the same data and seeds, with claims about what comes of them.</summary>
public sealed class Study
{
    /// <summary>Short name: that of its file, or the slug of its paper.</summary>
    public required string Name { get; init; }

    /// <summary>What the study asks, in a sentence.</summary>
    public required string Title { get; init; }

    /// <summary>The data of every arm.</summary>
    public required DataSource Data { get; init; }

    /// <summary>The model of every arm that does not bring its own.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>Seeds; every arm runs once with each.</summary>
    public required IReadOnlyList<long> Seeds { get; init; }

    /// <summary>Name of the arm that ratios are against.</summary>
    public required string Baseline { get; init; }

    /// <summary>The arms by name, in the order they are written.</summary>
    public required IReadOnlyList<(string Name, Arm Arm)> Arms { get; init; }

    /// <summary>Arms that claim to cost the same.</summary>
    public IReadOnlyList<EqualBudget> EqualBudgets { get; init; } = [];

    /// <summary>What the study claims to find.</summary>
    public IReadOnlyList<Claim> Claims { get; init; } = [];

    /// <summary>The paper it reproduces, or null.</summary>
    public PaperInfo? Paper { get; init; }

    /// <summary>The recipe of an arm.</summary>
    public Recipe RecipeOf(string arm)
    {
        var (name, options) = Arms.Single(candidate => candidate.Name == arm);
        return new Recipe { Name = name, Data = Data, Model = options.Model ?? Model, Steps = options.Steps };
    }
}

using Frugal.Data;
using Frugal.Models;
using Frugal.Recipes;
using Frugal.Studies.Claims;
using Frugal.Studies.Papers;

namespace Frugal.Studies;

/// <summary>Recipes side by side, from the same data and seeds, with claims about what comes of them.</summary>
public sealed record Study
{
    /// <summary>Short name; that of its file when absent.</summary>
    public string Name { get; init; } = "study";

    /// <summary>What the study asks, in a sentence.</summary>
    public string Title { get; init; } = "Which of these arms does best?";

    /// <summary>The data of every arm.</summary>
    public required DataSource Data { get; init; }

    /// <summary>The model of every arm that does not bring its own.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>Seeds; every arm runs once with each.</summary>
    public IReadOnlyList<long> Seeds { get; init; } = [0];

    /// <summary>Name of the arm that ratios are against; the first arm when absent.</summary>
    public string? Baseline { get; init; }

    /// <summary>The arms by name.</summary>
    public required IReadOnlyDictionary<string, Arm> Arms { get; init; }

    /// <summary>Arms that claim to cost the same.</summary>
    public IReadOnlyList<EqualBudget> EqualBudgets { get; init; } = [];

    /// <summary>What the study claims to find.</summary>
    public IReadOnlyList<Claim> Claims { get; init; } = [];

    /// <summary>The paper it reproduces, or null.</summary>
    public PaperInfo? Paper { get; init; }

    /// <summary>The arm that ratios are against.</summary>
    internal string BaselineName => Baseline ?? Arms.Keys.First();

    /// <summary>The arms whose finished models an arm learns from.</summary>
    internal IEnumerable<string> TeachersOf(string arm) => Arms[arm].Steps.SelectMany(step => step.LearnsFrom).OfType<TeacherArm>().Select(teacher => teacher.Name).Distinct();

    /// <summary>The recipe of an arm.</summary>
    public Recipe RecipeOf(string arm) => new() { Data = Data, Model = Arms[arm].Model ?? Model, Steps = Arms[arm].Steps };
}

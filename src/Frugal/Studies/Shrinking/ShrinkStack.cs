using Frugal.Recipes;

namespace Frugal.Studies.Shrinking;

/// <summary>Steps, one on another, that make a network smaller.</summary>
/// <param name="Name">Name of the arm.</param>
/// <param name="What">What it does, in words that need no paper.</param>
/// <param name="Steps">The steps, training among them.</param>
public sealed record ShrinkStack(string Name, string What, IReadOnlyList<Step> Steps);

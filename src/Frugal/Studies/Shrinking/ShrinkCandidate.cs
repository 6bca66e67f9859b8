namespace Frugal.Studies.Shrinking;

/// <summary>What came of one stack.</summary>
/// <param name="Name">Name of the stack.</param>
/// <param name="Share">What it has left of the original, by the measure of the goal.</param>
/// <param name="Accuracy">Share of validation examples classified right.</param>
public sealed record ShrinkCandidate(string Name, double Share, double Accuracy);

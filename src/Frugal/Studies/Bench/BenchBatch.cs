namespace Frugal.Studies.Bench;

/// <summary>What was measured at one batch size.</summary>
/// <param name="BatchSize">Examples in a call.</param>
/// <param name="Layers">The layers with weights, in order of execution.</param>
/// <param name="Whole">The whole network.</param>
public sealed record BenchBatch(int BatchSize, IReadOnlyList<BenchRow> Layers, BenchRow Whole);

namespace Frugal.Studies.Bench;

/// <summary>The forms of a network beside each other.</summary>
/// <param name="Threads">Threads that each form could use.</param>
/// <param name="FloatMacsPerSecond">Multiply-adds of single-precision numbers that this machine does in a second at best.</param>
/// <param name="ByteMacsPerSecond">Multiply-adds of bytes likewise.</param>
/// <param name="ReadBytesPerSecond">Bytes of the network's weights that it can read in a second, in single precision.</param>
/// <param name="Batches">What was measured, by batch size.</param>
/// <param name="Notes">Which forms are absent, and why.</param>
public sealed record BenchResult(
    int Threads, double FloatMacsPerSecond, double ByteMacsPerSecond, double ReadBytesPerSecond, IReadOnlyList<BenchBatch> Batches, IReadOnlyList<string> Notes);

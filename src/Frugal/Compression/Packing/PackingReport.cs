using static System.FormattableString;

namespace Frugal.Compression.Packing;

/// <summary>What packing a network did.</summary>
/// <param name="Choices">What became of each layer.</param>
/// <param name="BatchSizes">Batch sizes that were measured.</param>
/// <param name="Gains">Speed of the whole network over the unpacked one, by batch size; empty when it was left as it was.</param>
/// <param name="Error">Root mean square of what the network's outputs lose, as a part of theirs, on the examples.</param>
/// <param name="Reason">Why layers that are faster alone were left dense, or null.</param>
public sealed record PackingReport(IReadOnlyList<PackedChoice> Choices, IReadOnlyList<int> BatchSizes, IReadOnlyList<double> Gains, double Error, string? Reason)
{
    /// <summary>The outcome for the whole network in a sentence.</summary>
    public override string ToString() => Gains.Count == 0
        ? $"The network is as it was: {Reason ?? "no layer is faster packed"}"
        : Invariant($"The network runs {string.Join(", ", BatchSizes.Zip(Gains, (size, gain) => Invariant($"{gain:F2} times as fast at batch size {size}")))}; its outputs differ by {Error:0.#e+0} of their size")
            + (Reason is null ? "" : $"; {Reason}");
}

using Frugal.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Packing;

/// <summary>Microseconds of a call of a module and of what would take its place.</summary>
/// <param name="Dense">By batch size.</param>
/// <param name="Packed">By batch size.</param>
internal sealed record Timing(IReadOnlyList<double> Dense, IReadOnlyList<double> Packed)
{
    /// <summary>Speed of what would take its place over the module, where it gains least.</summary>
    public double Gain => Dense.Zip(Packed, (dense, packed) => dense / packed).Min();

    /// <summary>Microseconds saved, where it saves least.</summary>
    public double Saved => Dense.Zip(Packed, (dense, packed) => dense - packed).Min();

    /// <summary>Times candidates for a module's place in turns.</summary>
    /// <param name="dense">The module.</param>
    /// <param name="candidates">What would take its place.</param>
    /// <param name="rows">Inputs, <c>[rows, …]</c>; repeated where they are too few.</param>
    /// <param name="rowCounts">Rows of a call, by batch size.</param>
    /// <returns>One timing a candidate.</returns>
    /// <remarks>From the fastest slice of each: other work on the machine only ever makes a slice slower, and a median of few slices was seen to choose differently from one run to the next.</remarks>
    public static IReadOnlyList<Timing> Of(Module<Tensor, Tensor> dense, IReadOnlyList<Module<Tensor, Tensor>> candidates, Tensor rows, IReadOnlyList<int> rowCounts)
    {
        var fastest = rowCounts.Select(count =>
        {
            using var scope = NewDisposeScope();
            double[][] times = LatencyMeter.Measure([dense, .. candidates], Repeated(rows, count), Packing.Rounds);
            return Enumerable.Range(0, candidates.Count + 1).Select(i => times.Min(round => round[i])).ToList();
        }).ToList();
        return [.. candidates.Select((_, i) => new Timing([.. fastest.Select(times => times[0])], [.. fastest.Select(times => times[i + 1])]))];
    }

    private static Tensor Repeated(Tensor rows, int count)
    {
        long[] times = [(count + rows.shape[0] - 1) / rows.shape[0], .. Enumerable.Repeat(1L, (int)rows.dim() - 1)];
        return rows.repeat(times).narrow(0, 0, count).contiguous();
    }
}

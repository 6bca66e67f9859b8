using System.Buffers;
using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>
/// A mixture of experts: each row is computed by the experts that a router chose for it, and their outputs are added with the router's weights. One call over all rows: they are sorted by expert,
/// so that each expert's weights are read once for all its rows, and an expert without rows costs nothing.
/// </summary>
/// <remarks>No row is dropped, whatever the load of an expert. Outputs of a row are added in the order of the experts, so that the same call gives the same bits.</remarks>
public sealed class PackedExperts
{
    private readonly IRowOperator[] _experts;

    /// <param name="experts">The experts, such as a <see cref="PackedChain"/> of two layers each: in floating point (<see cref="PackedBlockSparse"/> packs dense weights too), in 8 bits, or in any other form.</param>
    /// <exception cref="ArgumentException">There is none, or they differ in width.</exception>
    public PackedExperts(IReadOnlyList<IRowOperator> experts)
    {
        ArgumentNullException.ThrowIfNull(experts);
        if (experts.Count == 0)
            throw new ArgumentException("A mixture needs at least one expert.", nameof(experts));
        for (var i = 1; i < experts.Count; i++)
            if (experts[i].InFeatures != experts[0].InFeatures || experts[i].OutFeatures != experts[0].OutFeatures)
                throw new ArgumentException(
                    $"Expert {i} takes {experts[i].InFeatures} columns and gives {experts[i].OutFeatures}; expert 0 takes {experts[0].InFeatures} and gives {experts[0].OutFeatures}.", nameof(experts));
        _experts = [.. experts];
    }

    /// <summary>Number of experts.</summary>
    public int Count => _experts.Length;

    /// <summary>Columns of the input.</summary>
    public int InFeatures => _experts[0].InFeatures;

    /// <summary>Columns of the output.</summary>
    public int OutFeatures => _experts[0].OutFeatures;

    /// <summary>Computes <c>Σ weight · expert(row)</c> over the experts of each row.</summary>
    /// <param name="input"><c>[rows, in]</c>.</param>
    /// <param name="rows">Rows of input and output.</param>
    /// <param name="chosen">Numbers of the experts of each row, <c>[rows, k]</c>.</param>
    /// <param name="weights">Their weights, <c>[rows, k]</c>.</param>
    /// <param name="output"><c>[rows, out]</c>; it may not overlap the input.</param>
    /// <param name="pool">The threads and the instruction set.</param>
    /// <exception cref="ArgumentException">A span does not have the length that the shapes ask for, spans overlap, or there is no such expert.</exception>
    public void Run(ReadOnlySpan<float> input, int rows, ReadOnlySpan<int> chosen, ReadOnlySpan<float> weights, Span<float> output, KernelPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        LinearArguments.Check(input, rows, output, default, InFeatures, OutFeatures);
        if (chosen.Length != weights.Length || (rows == 0 ? chosen.Length != 0 : chosen.Length % rows != 0))
            throw new ArgumentException($"chosen has {chosen.Length} elements and weights {weights.Length}; both must be [rows = {rows}, k].", nameof(chosen));
        output.Clear();
        if (chosen.IsEmpty)
            return;
        var places = ArrayPool<int>.Shared.Rent(chosen.Length + _experts.Length + 1);
        try
        {
            var starts = places.AsSpan(chosen.Length, _experts.Length + 1);
            var order = places.AsSpan(0, chosen.Length);
            Sort(chosen, starts, order);
            for (var expert = 0; expert < _experts.Length; expert++)
                Run(_experts[expert], input, chosen.Length / rows, order[starts[expert]..starts[expert + 1]], weights, output, pool);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(places);
        }
    }

    /// <summary>Sorts the choices by expert, keeping the order of rows.</summary>
    /// <param name="starts">Receives where each expert's choices begin, and behind them their number.</param>
    private void Sort(ReadOnlySpan<int> chosen, Span<int> starts, Span<int> order)
    {
        starts.Clear();
        foreach (var expert in chosen)
        {
            if (expert < 0 || expert >= _experts.Length)
                throw new ArgumentException($"chosen names expert {expert}; there are {_experts.Length}, from 0.", nameof(chosen));
            starts[expert]++;
        }
        var sum = 0;
        for (var expert = 0; expert <= _experts.Length; expert++)
            (starts[expert], sum) = (sum, sum + starts[expert]);
        for (var i = 0; i < chosen.Length; i++)
            order[starts[chosen[i]]++] = i;
        // Each start has moved to the next one's place.
        for (var expert = _experts.Length; expert > 0; expert--)
            starts[expert] = starts[expert - 1];
        starts[0] = 0;
    }

    private void Run(
        IRowOperator expert, ReadOnlySpan<float> input, int perRow, ReadOnlySpan<int> choices, ReadOnlySpan<float> weights, Span<float> output, KernelPool pool)
    {
        if (choices.IsEmpty)
            return;
        var (inFeatures, outFeatures) = (InFeatures, OutFeatures);
        var scratch = ArrayPool<float>.Shared.Rent(checked(choices.Length * (inFeatures + outFeatures)));
        try
        {
            var gathered = scratch.AsSpan(0, choices.Length * inFeatures);
            var results = scratch.AsSpan(gathered.Length, choices.Length * outFeatures);
            for (var i = 0; i < choices.Length; i++)
                input.Slice(choices[i] / perRow * inFeatures, inFeatures).CopyTo(gathered.Slice(i * inFeatures, inFeatures));
            expert.Run(gathered, choices.Length, results, pool);
            for (var i = 0; i < choices.Length; i++)
                AddScaled(results.Slice(i * outFeatures, outFeatures), weights[choices[i]], output.Slice(choices[i] / perRow * outFeatures, outFeatures));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(scratch);
        }
    }

    private static void AddScaled(ReadOnlySpan<float> values, float factor, Span<float> sums)
    {
        var scale = Vector256.Create(factor);
        var i = 0;
        for (; i + Vector256<float>.Count <= values.Length; i += Vector256<float>.Count)
            (Vector256.Create(values[i..]) * scale + Vector256.Create<float>(sums[i..])).CopyTo(sums[i..]);
        for (; i < values.Length; i++)
            sums[i] = values[i] * factor + sums[i];
    }
}

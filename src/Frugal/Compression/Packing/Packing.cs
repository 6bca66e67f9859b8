using System.Runtime.InteropServices;
using Frugal.Kernels;
using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Packing;

/// <summary>
/// Swaps pruned linear layers for packed ones, each for the fastest exact form, and only where that is faster than the dense layer at every
/// batch size asked for: a packed model is never slower.
/// </summary>
public static class Packing
{
    // Below half zeros no format stores fewer bytes or runs faster than the dense layer.
    private const double LeastSparsity = 0.5;

    // A block format that would fill its blocks with many zeros is not the pattern that the layer was pruned in.
    private const double LeastFill = 0.8;

    private const int Rounds = 15;

    private static readonly int[] BlockHeights = [16, 8, 4];

    /// <summary>Packs what is worth it.</summary>
    /// <param name="model">The network, on the CPU; changed in place.</param>
    /// <param name="example">One input, <c>[1, …]</c>: tells how many rows each layer sees.</param>
    /// <param name="batchSizes">Batch sizes at which a packed layer must win.</param>
    /// <returns>What became of each linear layer.</returns>
    public static IReadOnlyList<PackedChoice> Pack(Module<Tensor, Tensor> model, Tensor example, IReadOnlyList<int> batchSizes)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = NewDisposeScope();
        var layers = LayerSelection.All.Of<Linear>(model);
        var rows = RowsOf(model, layers, example);
        var choices = new List<PackedChoice>();
        var replacements = new List<(string, Module)>();
        foreach (var (path, dense) in layers)
        {
            var (choice, packed) = Choose(path, dense, rows.GetValueOrDefault(path), batchSizes);
            choices.Add(choice);
            if (packed is not null)
                replacements.Add((path, packed));
        }
        ModuleSurgery.ReplaceAll(model, replacements);
        return choices;
    }

    private static (PackedChoice Choice, PackedLinearLayer? Packed) Choose(string path, Linear dense, long rows, IReadOnlyList<int> batchSizes)
    {
        double sparsity = 1 - (double)dense.weight!.count_nonzero().item<long>() / dense.weight.numel();
        if (sparsity < LeastSparsity)
            return (PackedChoice.Kept(path, sparsity, FormattableString.Invariant($"only {sparsity:P0} of its weights are zero; packing pays from {LeastSparsity:P0}")), null);
        if (rows == 0)
            return (PackedChoice.Kept(path, sparsity, "the example does not pass through it"), null);
        var candidates = Candidates(dense);
        var gains = Measure(dense, candidates, rows, batchSizes);
        int best = Enumerable.Range(0, candidates.Count).MaxBy(i => gains[i].Min());
        double worst = gains[best].Min();
        foreach (var loser in candidates.Where((_, i) => i != best))
            loser.Dispose();
        if (worst > 1)
            return (new PackedChoice(path, sparsity, FormOf(candidates[best]), worst, null), candidates[best]);
        candidates[best].Dispose();
        return (PackedChoice.Kept(path, sparsity, FormattableString.Invariant($"the best packed form would run at {worst:F2} times the dense layer's speed")), null);
    }

    private static List<PackedLinearLayer> Candidates(Linear dense)
    {
        var weight = dense.weight!.detach().to(float32, CPU).contiguous();
        var values = MemoryMarshal.Cast<byte, float>(weight.bytes);
        int outFeatures = (int)weight.shape[0], inFeatures = (int)weight.shape[1];
        var candidates = new List<PackedLinearLayer> { PackedLinearLayer.Of(PackedSparse.Pack(values, outFeatures, inFeatures), dense.bias) };
        foreach (int height in BlockHeights)
        {
            var blocks = PackedBlockSparse.Pack(values, outFeatures, inFeatures, height);
            if (blocks.NonZeros >= LeastFill * blocks.StoredValues)
                candidates.Add(PackedLinearLayer.Of(blocks, dense.bias));
        }
        foreach (var candidate in candidates)
            candidate.eval();
        return candidates;
    }

    // Gain over the dense layer of each candidate at each batch size, from the fastest slice of each: other work on the machine only ever makes a slice slower, and a median
    // of few slices was seen to choose differently from one run to the next.
    private static double[][] Measure(Linear dense, List<PackedLinearLayer> candidates, long rows, IReadOnlyList<int> batchSizes)
    {
        var gains = candidates.Select(_ => new double[batchSizes.Count]).ToArray();
        for (int size = 0; size < batchSizes.Count; size++)
        {
            using var scope = NewDisposeScope();
            double[][] times = LatencyMeter.Measure([dense, .. candidates], randn(rows * batchSizes[size], dense.in_features), Rounds);
            for (int i = 0; i < candidates.Count; i++)
                gains[i][size] = times.Min(round => round[0]) / times.Min(round => round[i + 1]);
        }
        return gains;
    }

    private static Dictionary<string, long> RowsOf(Module<Tensor, Tensor> model, IReadOnlyList<SelectedLayer<Linear>> layers, Tensor example)
    {
        var rows = new Dictionary<string, long>();
        var hooks = layers.Select(layer => layer.Layer.register_forward_hook((_, input, output) =>
        {
            rows[layer.Path] = input.numel() / input.shape[^1];
            return output;
        })).ToList();
        bool wasTraining = model.training;
        try
        {
            model.eval();
            using var mode = no_grad();
            model.call(example);
            return rows;
        }
        finally
        {
            hooks.ForEach(hook => hook.remove());
            model.train(wasTraining);
        }
    }

    private static string FormOf(PackedLinearLayer layer) => layer.BlockHeight == 1 ? "sparse" : $"{layer.BlockHeight}x1 blocks";
}

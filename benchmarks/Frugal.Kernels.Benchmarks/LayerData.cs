using Frugal.Layers;

namespace Frugal.Kernels.Benchmarks;

/// <summary>Inputs and weights of a layer, from a fixed seed.</summary>
internal sealed class LayerData
{
    /// <summary>Copies of a weight together take this much more than the second cache of any processor we know, which holds at most 2 MB.</summary>
    private const long BeyondCacheBytes = 6 << 20;

    public LayerData(int inFeatures, int outFeatures, int rows)
    {
        (InFeatures, OutFeatures, Rows) = (inFeatures, outFeatures, rows);
        Input = Values(rows * inFeatures, seed: 1);
        Bias = Values(outFeatures, seed: 2);
        Weight = Values(outFeatures * inFeatures, seed: 3);
    }

    public int InFeatures { get; }

    public int OutFeatures { get; }

    public int Rows { get; }

    public float[] Input { get; private init; }

    public float[] Bias { get; }

    /// <summary>The dense weight, <c>[out, in]</c>.</summary>
    public float[] Weight { get; }

    /// <summary>Copies of a weight of this size that fall out of the second cache when they are used in turn.</summary>
    public static int CopiesBeyondCache(long bytes) => 1 + (int)(BeyondCacheBytes / bytes);

    /// <summary>The weight with all but a share of its blocks set to zero; the places are random, as pruning by magnitude makes them here.</summary>
    public float[] Pruned(double density, int blockHeight)
    {
        var random = new Random(4);
        var pruned = Weight.ToArray();
        for (var group = 0; group < OutFeatures; group += blockHeight)
            for (var column = 0; column < InFeatures; column++)
                if (random.NextDouble() >= density)
                    for (var row = group; row < Math.Min(group + blockHeight, OutFeatures); row++)
                        pruned[row * InFeatures + column] = 0;
        return pruned;
    }

    /// <summary>The signs of the weight, times the mean magnitude of each output's weights.</summary>
    public float[] Binarized() =>
        [.. Weight.Chunk(InFeatures).SelectMany(row =>
        {
            var scale = (float)row.Average(value => Math.Abs((double)value));
            return row.Select(value => value < 0 ? -scale : scale);
        })];

    /// <summary>-1, 0 and 1, a third of each.</summary>
    public float[] Ternarized() => [.. Weight.Select(value => (float)Math.Round(1.5 * value))];

    /// <summary>±1 to ±2^<paramref name="most"/>, each power as often.</summary>
    public float[] Shifted(int most) =>
        [.. Weight.Select(value => Math.Sign(value + 1e-9f) * MathF.ScaleB(1, Math.Min(most, (int)(Math.Abs(value) * (most + 1)))))];

    /// <summary>A Monarch layer of random factors, as MonarchLinear shapes them.</summary>
    public PackedMonarch Monarch(int blocks)
    {
        var middle = Math.Min(InFeatures, OutFeatures) / blocks;
        return PackedMonarch.Pack(
            Values(middle * InFeatures, seed: 5), Values(middle * OutFeatures, seed: 6), OutFeatures, InFeatures, blocks, middle, blocks);
    }

    /// <summary>A matrix product operator of two random cores, its axes cut as MpoLinear cuts them.</summary>
    public PackedMpo Mpo(int bond)
    {
        var shape = MpoShape.Of(OutFeatures, InFeatures, numCores: 2);
        int[] outDims = [.. shape.OutDims.Select(size => (int)size)], inDims = [.. shape.InDims.Select(size => (int)size)];
        return PackedMpo.Pack(
            [Values(outDims[0] * inDims[0] * bond, seed: 9), Values(bond * outDims[1] * inDims[1], seed: 10)], outDims, inDims, [1, bond, 1], OutFeatures, InFeatures);
    }

    /// <summary>The weight with the n largest of every m neighbouring inputs of an output.</summary>
    public float[] NofM(int n, int m) =>
        [.. Weight.Chunk(m).SelectMany(group =>
        {
            var least = group.Select(Math.Abs).OrderDescending().ElementAt(n - 1);
            return group.Select(value => Math.Abs(value) >= least ? value : 0);
        })];

    /// <summary>The same, with the places of the first of every four outputs for all of them.</summary>
    public float[] NofMInFours(int n, int m)
    {
        var kept = NofM(n, m);
        return [.. Weight.Select((value, i) => kept[i / InFeatures / 4 * 4 * InFeatures + i % InFeatures] != 0 ? value : 0)];
    }

    /// <summary>A layer of an eighth of the full rank.</summary>
    public PackedLowRankInt8 LowRank() => PackedLowRankInt8.Pack(Values(Rank * InFeatures, seed: 7), Values(OutFeatures * Rank, seed: 8), OutFeatures, InFeatures, Rank);

    /// <summary>The same in fp32.</summary>
    public PackedLowRank LowRankFloat() => PackedLowRank.Pack(Values(Rank * InFeatures, seed: 7), Values(OutFeatures * Rank, seed: 8), OutFeatures, InFeatures, Rank);

    /// <summary>The same layer with other inputs.</summary>
    public LayerData WithInput(Func<float, float> code) => new(InFeatures, OutFeatures, Rows) { Input = [.. Input.Select(code)] };

    private int Rank => Math.Min(InFeatures, OutFeatures) / 8;

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
    }
}

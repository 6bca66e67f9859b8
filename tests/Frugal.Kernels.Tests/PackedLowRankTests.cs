using CsCheck;

namespace Frugal.Kernels.Tests;

public class PackedLowRankTests
{
    [Theory, ClassData(typeof(Levels))]
    public void Every_path_agrees_with_two_scalar_loops(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var three = new KernelPool(3) { Level = level };
        Gen.Select(Gen.Int[1, 50], Gen.Int[1, 70], Gen.Int[1, 70], Gen.Int[1, 40], Gen.Int, Gen.Bool).Sample(
            (rows, outFeatures, inFeatures, rank, seed, threaded) =>
                RequireCorrect(rows, outFeatures, inFeatures, rank, seed, threaded ? three : one),
            iter: CaseCount.Value / 2, threads: 1);
    }

    [Theory, ClassData(typeof(Levels))]
    public void Wide_layers_and_many_rows_run_in_several_tiles(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var (rows, outFeatures, inFeatures, rank) in new[] { (197, 130, 300, 17), (33, 5000, 40, 8), (5, 40, 5000, 130) })
            RequireCorrect(rows, outFeatures, inFeatures, rank, seed: rows, pool);
    }

    [Theory, ClassData(typeof(Levels))]
    public void Infinities_and_NaN_reach_all_outputs_of_their_row_and_no_other(SimdLevel level)
    {
        var (down, up) = Factors(20, 33, 5, seed: 1);
        SpecialValues.RequireInTheirRowAlone(PackedLowRank.Pack(down, up, 20, 33, 5), level);
    }

    [Theory, ClassData(typeof(Levels))]
    public void The_same_call_gives_the_same_bits_for_any_number_of_threads(SimdLevel level)
    {
        var (down, up) = Factors(70, 33, 19, seed: 1);
        var layer = PackedLowRank.Pack(down, up, 70, 33, 19);
        // A row alone behind 128 others is summed as they are, and so is the one of a single thread.
        foreach (var rows in new[] { 1, 2, 7, 129 })
        {
            var random = new LinearCase(rows, 70, 33, density: 0, blockHeight: 1, seed: rows);
            using var one = new KernelPool(1) { Level = level };
            var expected = random.Run(layer, one, Parts.All, Activation.Gelu);
            foreach (var threads in new[] { 2, 5 })
            {
                using var pool = new KernelPool(threads) { Level = level };
                Assert.Equal(expected, random.Run(layer, pool, Parts.All, Activation.Gelu));
            }
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void Extreme_scales_neither_overflow_early_nor_vanish(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        foreach (var scale in new[] { 1e-11f, 1e10f })
        {
            var (down, up) = Factors(9, 30, 6, seed: 1);
            var random = new LinearCase(rows: 7, 9, 30, density: 0, blockHeight: 1, seed: 1);
            Scale(random.Input, scale);
            Scale(down, scale);
            Scale(up, scale);
            var output = random.Run(PackedLowRank.Pack(down, up, 9, 30, 6), pool);
            for (var row = 0; row < 7; row++)
            {
                var expected = Expected(random.Input.AsSpan(row * 30, 30), down, up, 9, 6);
                for (var o = 0; o < 9; o++)
                    Assert.InRange(Math.Abs(output[row * 9 + o] - expected[o].Value), 0, 1e-5 * expected[o].Magnitude);
            }
        }
    }

    [Fact]
    public void Subnormal_weights_are_taken_as_zeros_and_counted()
    {
        var layer = PackedLowRank.Pack([1e-40f, 1, 0.5f, 2], [3, 1e-41f], 1, 2, 2);
        Assert.Equal((2, 4, 6), (layer.FlushedSubnormals, layer.NonZeros, layer.StoredWeights));
        var weight = new float[2];
        using var pool = new KernelPool(1);
        layer.Run([1, 1], 1, weight.AsSpan(1), default, pool);
        Assert.Equal(3, weight[1]);
    }

    [Fact]
    public void Export_and_import_give_the_same_bits_and_contradictions_are_refused()
    {
        using var pool = new KernelPool(1);
        var (down, up) = Factors(7, 30, 5, seed: 3);
        var layer = PackedLowRank.Pack(down, up, 7, 30, 5);
        var random = new LinearCase(rows: 3, 7, 30, density: 0, blockHeight: 1, seed: 2);
        var packed = layer.Export();
        var copy = Assert.IsType<PackedLowRank>(PackedLinear.Import(packed));
        Assert.Equal(5, copy.Rank);
        Assert.Equal(random.Run(layer, pool), random.Run(copy, pool));
        foreach (var name in packed.Arrays.Keys)
            Assert.Throws<FrugalException>(() => PackedLinear.Import(new(packed.Format, packed.Arrays.Where(pair => pair.Key != name).ToDictionary())));
        var monarch = new MonarchCase(30, 14, 2, seed: 1).Pack().Export();
        Assert.Contains("one each", Assert.Throws<FrugalException>(() => PackedLinear.Import(new(PackedLowRank.Format, monarch.Arrays))).Message);
    }

    [Fact]
    public void Unpacking_gives_the_product_of_the_factors()
    {
        var weight = new float[4];
        PackedLowRank.Pack([2, -3], [1, 2], 2, 2, 1).Unpack(weight);
        Assert.Equal([2, -3, 4, -6], weight);
    }

    private static void RequireCorrect(int rows, int outFeatures, int inFeatures, int rank, int seed, KernelPool pool)
    {
        var (down, up) = Factors(outFeatures, inFeatures, rank, seed);
        var random = new LinearCase(rows, outFeatures, inFeatures, density: 0, blockHeight: 1, seed);
        var output = random.Run(PackedLowRank.Pack(down, up, outFeatures, inFeatures, rank), pool, Parts.Bias | Parts.Residual);
        for (var row = 0; row < rows; row++)
        {
            var expected = Expected(random.Input.AsSpan(row * inFeatures, inFeatures), down, up, outFeatures, rank);
            for (var o = 0; o < outFeatures; o++)
            {
                var i = row * outFeatures + o;
                Assert.InRange(Math.Abs(output[i] - (expected[o].Value + random.Bias[o] + random.Residual[i])), 0, 1e-5 * Math.Sqrt(inFeatures) * (expected[o].Magnitude + 4));
            }
        }
    }

    /// <summary>The outputs of a row, each with the sum of the magnitudes of its terms.</summary>
    private static (double Value, double Magnitude)[] Expected(ReadOnlySpan<float> row, float[] down, float[] up, int outFeatures, int rank)
    {
        var middle = new (double Value, double Magnitude)[rank];
        for (var r = 0; r < rank; r++)
            for (var i = 0; i < row.Length; i++)
            {
                var term = (double)down[r * row.Length + i] * row[i];
                middle[r] = (middle[r].Value + term, middle[r].Magnitude + Math.Abs(term));
            }
        var outputs = new (double Value, double Magnitude)[outFeatures];
        for (var o = 0; o < outFeatures; o++)
            for (var r = 0; r < rank; r++)
            {
                var weight = up[o * rank + r];
                outputs[o] = (outputs[o].Value + weight * middle[r].Value, outputs[o].Magnitude + Math.Abs(weight) * middle[r].Magnitude);
            }
        return outputs;
    }

    private static void Scale(float[] values, float factor)
    {
        foreach (ref var value in values.AsSpan())
            value *= factor;
    }

    private static (float[] Down, float[] Up) Factors(int outFeatures, int inFeatures, int rank, int seed)
    {
        var random = new Random(seed);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
        return (Values(rank * inFeatures), Values(outFeatures * rank));
    }
}

using CsCheck;

namespace Frugal.Kernels.Tests;

/// <summary>What holds for every sparse format: the tests run once a format, each path forced in turn.</summary>
public abstract class SparseLinearTests : PackedLinearTests
{
    private int BlockHeight => Form.BlockHeight;

    [Theory, ClassData(typeof(Levels))]
    public void More_than_65536_inputs_take_32_bit_positions(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        foreach (var rows in new[] { 1, 3, 20 })
        {
            var random = new LinearCase(rows, outFeatures: 5, inFeatures: 65_537, density: 0.001, BlockHeight, seed: 1);
            random.Weight[^1] = 2;
            random.RequireCorrect(random.Run(Form.Pack(random.Weight, 5, 65_537), pool));
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void A_weight_of_zeros_gives_the_epilogue_of_zero(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var rows in new[] { 1, 5, 40 })
        {
            var random = new LinearCase(rows, 9, 21, density: 0, BlockHeight, seed: 2);
            random.RequireCorrect(random.Run(Form.Pack(random.Weight, 9, 21), pool, Parts.All), Parts.All);
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void A_single_weight_in_any_place_is_found(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        for (var place = 0; place < 17 * 19; place++)
        {
            var random = new LinearCase(rows: 1 + place % 20, 17, 19, density: 0, BlockHeight, seed: place);
            random.Weight[place] = 3;
            random.RequireCorrect(random.Run(Form.Pack(random.Weight, 17, 19), pool));
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void Infinities_and_NaN_pass_through_stored_weights(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        foreach (var rows in new[] { 1, 4, 8, 50 })
            foreach (var special in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            {
                var random = new LinearCase(rows, 16, 12, density: 1, BlockHeight, seed: rows);
                random.Input[5] = special;
                random.RequireCorrect(random.Run(Form.Pack(random.Weight, 16, 12), pool));
                (random.Input[5], random.Weight[7]) = (1, special);
                random.RequireCorrect(random.Run(Form.Pack(random.Weight, 16, 12), pool));
            }
    }

    [Theory, ClassData(typeof(Levels))]
    public void Infinities_and_NaN_do_not_pass_where_nothing_is_stored(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        foreach (var rows in new[] { 1, 4, 8, 50 })
        {
            var random = new LinearCase(rows, 16, 12, density: 1, BlockHeight, seed: rows);
            for (var o = 0; o < 16; o++)
                random.Weight[o * 12 + 5] = 0;
            for (var token = 0; token < rows; token++)
                random.Input[token * 12 + 5] = float.NaN;
            Assert.DoesNotContain(random.Run(Form.Pack(random.Weight, 16, 12), pool), float.IsNaN);
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void Extreme_scales_neither_overflow_early_nor_vanish(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        foreach (var scale in new[] { 1e-18f, 1e15f })
            foreach (var rows in new[] { 1, 30 })
            {
                var random = new LinearCase(rows, 20, 30, density: 0.4, BlockHeight, seed: 3);
                foreach (ref var value in random.Input.AsSpan())
                    value *= scale;
                foreach (ref var value in random.Weight.AsSpan())
                    value *= scale;
                random.RequireCorrect(random.Run(Form.Pack(random.Weight, 20, 30), pool));
            }
    }

    [Fact]
    public void The_reference_walks_what_is_stored()
    {
        var random = new LinearCase(rows: 7, outFeatures: 21, inFeatures: 30, density: 0.3, BlockHeight, seed: 6);
        var blocks = SparseBlocks.Pack(random.Weight, 21, 30, BlockHeight);
        var sums = new double[7 * 21];
        SparseCall.RunReference(blocks, random.Input, 7, sums);
        random.RequireCorrect([.. sums.Select(sum => (float)sum)]);
    }

    [Fact]
    public void Subnormal_weights_are_taken_as_zeros_and_counted()
    {
        var weight = new float[8 * 6];
        (weight[3], weight[10], weight[20]) = (1e-40f, -1e-39f, 0.5f);
        var layer = Form.Pack(weight, 8, 6);
        Assert.Equal(2, layer.FlushedSubnormals);
        Assert.Equal(1, layer.NonZeros);
        var unpacked = new float[weight.Length];
        layer.Unpack(unpacked);
        (weight[3], weight[10]) = (0, 0);
        Assert.Equal(weight, unpacked);
    }

    [Fact]
    public void Subnormal_inputs_are_computed_with()
    {
        using var pool = new KernelPool(1);
        var random = new LinearCase(rows: 20, 10, 11, density: 0.6, BlockHeight, seed: 4);
        foreach (ref var value in random.Input.AsSpan())
            value *= 1e-39f;
        foreach (ref var value in random.Weight.AsSpan())
            value *= 1e20f;
        random.RequireCorrect(random.Run(Form.Pack(random.Weight, 10, 11), pool));
    }

    [Fact]
    public void Unpacking_gives_the_weight_back()
    {
        Gen.Select(Size, Size, Density, Gen.Int).Sample(
            (outFeatures, inFeatures, density, seed) =>
            {
                var random = new LinearCase(1, outFeatures, inFeatures, density, BlockHeight, seed);
                var layer = Form.Pack(random.Weight, outFeatures, inFeatures);
                var unpacked = Enumerable.Repeat(7f, random.Weight.Length).ToArray();
                layer.Unpack(unpacked);
                Assert.Equal(random.Weight, unpacked);
                Assert.Equal(random.Weight.Count(value => value != 0), layer.NonZeros);
            },
            iter: Math.Min(300, CaseCount.Value), threads: 1);
    }
}

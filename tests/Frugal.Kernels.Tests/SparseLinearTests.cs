using CsCheck;

namespace Frugal.Kernels.Tests;

/// <summary>What holds for every sparse format: the tests run once a format, each path forced in turn.</summary>
public abstract class SparseLinearTests
{
    private static readonly Gen<int> Size = Gen.Frequency((8, Gen.Int[1, 70]), (2, Gen.Int[0, 5].Select(i => new[] { 1, 2, 31, 64, 127, 257 }[i])));
    private static readonly Gen<double> Density = Gen.Int[0, 5].Select(i => new[] { 0, 0.02, 0.1, 0.3, 0.7, 1.0 }[i]);

    protected abstract IPackedLinear Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures);

    /// <summary>Outputs that share positions in this format.</summary>
    protected abstract int BlockHeight { get; }

    [Theory, ClassData(typeof(Levels))]
    public void Every_path_agrees_with_a_scalar_loop_in_double_precision(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var three = new KernelPool(3) { Level = level };
        Gen.Select(Size, Size, Size, Density, Gen.Int[0, 7], Gen.Enum<Activation>(), Gen.Int, Gen.Bool).Sample(
            (rows, outFeatures, inFeatures, density, parts, activation, seed, threaded) =>
            {
                var random = new LinearCase(rows, outFeatures, inFeatures, density, BlockHeight, seed);
                var layer = Pack(random.Weight, outFeatures, inFeatures);
                random.RequireCorrect(random.Run(layer, threaded ? three : one, (Parts)parts, activation), (Parts)parts, activation);
            },
            iter: CaseCount.Value, threads: 1);
    }

    [Theory, ClassData(typeof(Levels))]
    public void Wide_layers_and_many_rows_run_in_several_tiles(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var (rows, outFeatures, inFeatures) in new[] { (197, 130, 300), (70, 33, 5000), (33, 7, 9001) })
        {
            var random = new LinearCase(rows, outFeatures, inFeatures, density: 0.05, BlockHeight, seed: rows);
            random.RequireCorrect(random.Run(Pack(random.Weight, outFeatures, inFeatures), pool, Parts.All, Activation.Gelu), Parts.All, Activation.Gelu);
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void More_than_65536_inputs_take_32_bit_positions(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        foreach (var rows in new[] { 1, 3, 20 })
        {
            var random = new LinearCase(rows, outFeatures: 5, inFeatures: 65_537, density: 0.001, BlockHeight, seed: 1);
            random.Weight[^1] = 2;
            random.RequireCorrect(random.Run(Pack(random.Weight, 5, 65_537), pool));
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void A_weight_of_zeros_gives_the_epilogue_of_zero(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var rows in new[] { 1, 5, 40 })
        {
            var random = new LinearCase(rows, 9, 21, density: 0, BlockHeight, seed: 2);
            random.RequireCorrect(random.Run(Pack(random.Weight, 9, 21), pool, Parts.All), Parts.All);
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
            random.RequireCorrect(random.Run(Pack(random.Weight, 17, 19), pool));
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
                random.RequireCorrect(random.Run(Pack(random.Weight, 16, 12), pool));
                (random.Input[5], random.Weight[7]) = (1, special);
                random.RequireCorrect(random.Run(Pack(random.Weight, 16, 12), pool));
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
            Assert.DoesNotContain(random.Run(Pack(random.Weight, 16, 12), pool), float.IsNaN);
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
                random.RequireCorrect(random.Run(Pack(random.Weight, 20, 30), pool));
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
        var layer = Pack(weight, 8, 6);
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
        random.RequireCorrect(random.Run(Pack(random.Weight, 10, 11), pool));
    }

    [Fact]
    public void Unpacking_gives_the_weight_back()
    {
        Gen.Select(Size, Size, Density, Gen.Int).Sample(
            (outFeatures, inFeatures, density, seed) =>
            {
                var random = new LinearCase(1, outFeatures, inFeatures, density, BlockHeight, seed);
                var layer = Pack(random.Weight, outFeatures, inFeatures);
                var unpacked = Enumerable.Repeat(7f, random.Weight.Length).ToArray();
                layer.Unpack(unpacked);
                Assert.Equal(random.Weight, unpacked);
                Assert.Equal(random.Weight.Count(value => value != 0), layer.NonZeros);
            },
            iter: Math.Min(300, CaseCount.Value), threads: 1);
    }

    [Fact]
    public void Export_and_import_give_the_same_bits()
    {
        using var pool = new KernelPool(1);
        Gen.Select(Size, Size, Size, Density, Gen.Int).Sample(
            (rows, outFeatures, inFeatures, density, seed) =>
            {
                var random = new LinearCase(rows, outFeatures, inFeatures, density, BlockHeight, seed);
                var layer = Pack(random.Weight, outFeatures, inFeatures);
                var copy = PackedLinear.Import(layer.Export());
                Assert.IsType(layer.GetType(), copy);
                Assert.Equal((layer.Bytes, layer.NonZeros), (copy.Bytes, copy.NonZeros));
                Assert.Equal(random.Run(layer, pool), random.Run(copy, pool));
            },
            iter: Math.Min(300, CaseCount.Value), threads: 1);
    }

    [Theory, ClassData(typeof(Levels))]
    public void The_same_call_gives_the_same_bits_whatever_the_number_of_threads(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var two = new KernelPool(2) { Level = level };
        using var five = new KernelPool(5) { Level = level };
        foreach (var rows in new[] { 1, 3, 7, 50 })
        {
            var random = new LinearCase(rows, 190, 75, density: 0.2, BlockHeight, seed: rows);
            var layer = Pack(random.Weight, 190, 75);
            var first = random.Run(layer, one, Parts.All, Activation.Silu);
            foreach (var pool in new[] { one, two, five, two })
                Assert.Equal(first, random.Run(layer, pool, Parts.All, Activation.Silu));
        }
    }

    [Fact]
    public void The_residual_may_be_the_output()
    {
        using var pool = new KernelPool(2);
        foreach (var rows in new[] { 1, 6, 33 })
        {
            var random = new LinearCase(rows, 21, 13, density: 0.5, BlockHeight, seed: rows);
            var layer = Pack(random.Weight, 21, 13);
            var output = random.Residual.ToArray();
            layer.Run(random.Input, rows, output, new() { Residual = output, Bias = random.Bias }, pool);
            random.RequireCorrect(output, Parts.Residual | Parts.Bias);
        }
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_refused()
    {
        using var pool = new KernelPool(1);
        var layer = Pack(new float[6 * 4], 6, 4);
        var x = new float[8];
        var y = new float[12];
        Assert.Throws<ArgumentException>(() => layer.Run(x.AsSpan(1), 2, y, default, pool));
        Assert.Throws<ArgumentException>(() => layer.Run(x, 2, y.AsSpan(1), default, pool));
        Assert.Throws<ArgumentOutOfRangeException>(() => layer.Run(x, -1, y, default, pool));
        Assert.Throws<ArgumentException>(() => layer.Run(x, 2, y, new() { Bias = new float[5] }, pool));
        Assert.Throws<ArgumentException>(() => layer.Run(x, 2, y, new() { Scale = new float[7] }, pool));
        Assert.Throws<ArgumentException>(() => layer.Run(x, 2, y, new() { Residual = new float[11] }, pool));
        Assert.Throws<ArgumentOutOfRangeException>(() => layer.Run(x, 2, y, new() { Activation = (Activation)99 }, pool));
        Assert.Throws<ArgumentNullException>(() => layer.Run(x, 2, y, default, null!));
        var both = new float[20];
        Assert.Throws<ArgumentException>(() => layer.Run(both.AsSpan(0, 8), 2, both.AsSpan(7, 12), default, pool));
        Assert.Throws<ArgumentException>(() => layer.Run(x, 2, both.AsSpan(0, 12), new() { Residual = both.AsSpan(1, 12) }, pool));
        Assert.Throws<ArgumentException>(() => layer.Unpack(new float[23]));
        Assert.Throws<ArgumentException>(() => Pack(new float[23], 6, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => Pack([], 0, 4));
    }

    [Fact]
    public void No_rows_are_no_work()
    {
        using var pool = new KernelPool(1);
        Pack(new float[6 * 4], 6, 4).Run([], 0, [], default, pool);
    }
}

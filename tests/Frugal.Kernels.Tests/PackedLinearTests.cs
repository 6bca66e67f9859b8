using CsCheck;

namespace Frugal.Kernels.Tests;

/// <summary>What holds for every packed form: the tests run once a form, each path forced in turn.</summary>
public abstract class PackedLinearTests
{
    // Most are small, which leaves the odd ends of tiles and makes thousands of cases cheap; a side of several tiles is rare, and that of all three the matter of a test of its own.
    private protected static readonly Gen<int> Size = Gen.Frequency((5, Gen.Int[1, 20]), (4, Gen.Int[1, 70]), (1, Gen.Int[0, 5].Select(i => new[] { 1, 2, 31, 64, 127, 257 }[i])));
    private protected static readonly Gen<double> Density = Gen.Int[0, 5].Select(i => new[] { 0, 0.02, 0.1, 0.3, 0.7, 1.0 }[i]);

    private protected abstract PackedForm Form { get; }

    [Theory, ClassData(typeof(Levels))]
    public void Every_path_agrees_with_a_scalar_loop_in_double_precision(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var three = new KernelPool(3) { Level = level };
        Gen.Select(Size, Size, Size, Density, Gen.Int[0, 7], Gen.Enum<Activation>(), Gen.Int, Gen.Bool).Sample(
            (rows, outFeatures, inFeatures, density, parts, activation, seed, threaded) =>
            {
                var random = new LinearCase(rows, outFeatures, inFeatures, density, Form.BlockHeight, seed);
                var layer = Form.Pack(random.Weight, outFeatures, inFeatures);
                Form.Coded(random, layer).RequireCorrect(random.Run(layer, threaded ? three : one, (Parts)parts, activation), (Parts)parts, activation);
            },
            iter: CaseCount.Value, threads: 1);
    }

    [Theory, ClassData(typeof(Levels))]
    public void Wide_layers_and_many_rows_run_in_several_tiles(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var (rows, outFeatures, inFeatures) in new[] { (197, 130, 300), (70, 33, 5000), (33, 7, 9001) })
        {
            var random = new LinearCase(rows, outFeatures, inFeatures, density: 0.05, Form.BlockHeight, seed: rows);
            var layer = Form.Pack(random.Weight, outFeatures, inFeatures);
            Form.Coded(random, layer).RequireCorrect(random.Run(layer, pool, Parts.All, Activation.Gelu), Parts.All, Activation.Gelu);
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void The_same_call_gives_the_same_bits_whatever_the_number_of_threads(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var two = new KernelPool(2) { Level = level };
        using var five = new KernelPool(5) { Level = level };
        foreach (var rows in new[] { 1, 3, 7, 50 })
        {
            var random = new LinearCase(rows, 190, 75, density: 0.2, Form.BlockHeight, seed: rows);
            var layer = Form.Pack(random.Weight, 190, 75);
            var first = random.Run(layer, one, Parts.All, Activation.Silu);
            foreach (var pool in new[] { one, two, five, two })
                Assert.Equal(first, random.Run(layer, pool, Parts.All, Activation.Silu));
        }
    }

    [Fact]
    public void Export_and_import_give_the_same_bits()
    {
        using var pool = new KernelPool(1);
        Gen.Select(Size, Size, Size, Density, Gen.Int).Sample(
            (rows, outFeatures, inFeatures, density, seed) =>
            {
                var random = new LinearCase(rows, outFeatures, inFeatures, density, Form.BlockHeight, seed);
                var layer = Form.Pack(random.Weight, outFeatures, inFeatures);
                var copy = PackedLinear.Import(layer.Export());
                Assert.IsType(layer.GetType(), copy);
                Assert.Equal((layer.Bytes, layer.NonZeros), (copy.Bytes, copy.NonZeros));
                Assert.Equal(random.Run(layer, pool), random.Run(copy, pool));
            },
            iter: Math.Min(300, CaseCount.Value), threads: 1);
    }

    [Fact]
    public void The_residual_may_be_the_output()
    {
        using var pool = new KernelPool(2);
        foreach (var rows in new[] { 1, 6, 33 })
        {
            var random = new LinearCase(rows, 21, 13, density: 0.5, Form.BlockHeight, seed: rows);
            var layer = Form.Pack(random.Weight, 21, 13);
            var output = random.Residual.ToArray();
            layer.Run(random.Input, rows, output, new() { Residual = output, Bias = random.Bias }, pool);
            Form.Coded(random, layer).RequireCorrect(output, Parts.Residual | Parts.Bias);
        }
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_refused()
    {
        using var pool = new KernelPool(1);
        var layer = Form.Pack(new float[6 * 4], 6, 4);
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
        Assert.Throws<ArgumentException>(() => Form.Pack(new float[23], 6, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => Form.Pack([], 0, 4));
    }

    [Fact]
    public void No_rows_are_no_work()
    {
        using var pool = new KernelPool(1);
        Form.Pack(new float[6 * 4], 6, 4).Run([], 0, [], default, pool);
    }
}

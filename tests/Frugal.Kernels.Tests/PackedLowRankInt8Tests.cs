using CsCheck;

namespace Frugal.Kernels.Tests;

public class PackedLowRankInt8Tests
{
    /// <summary>The products of its factors are tested as layers of int8; here it is that one follows the other, to the bit.</summary>
    [Theory, ClassData(typeof(Levels))]
    public void It_is_one_product_after_the_other(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var three = new KernelPool(3) { Level = level };
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 150], Gen.Int[1, 90], Gen.Int[1, 40], Gen.Int[0, 7], Gen.Enum<Activation>(), Gen.Int, Gen.Bool).Sample(
            (rows, inFeatures, outFeatures, rank, parts, activation, seed, threaded) =>
            {
                var (down, up) = Factors(outFeatures, inFeatures, rank, seed);
                var pool = threaded ? three : one;
                var random = new LinearCase(rows, outFeatures, inFeatures, density: 0, blockHeight: 1, seed);
                var middle = new float[rows * rank];
                PackedInt8.Pack(down, rank, inFeatures).Run(random.Input, rows, middle, default, one);
                var expected = new float[rows * outFeatures];
                PackedInt8.Pack(up, outFeatures, rank).Run(middle, rows, expected, random.Epilogue((Parts)parts, activation), one);
                Assert.Equal(expected, random.Run(PackedLowRankInt8.Pack(down, up, outFeatures, inFeatures, rank), pool, (Parts)parts, activation));
            },
            iter: CaseCount.Value / 4, threads: 1);
    }

    /// <summary>More rows than lie between the factors at a time, with a residual that is the output.</summary>
    [Theory, ClassData(typeof(Levels))]
    public void Blocks_of_rows_follow_each_other(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        const int Rank = 700, Rows = 400;
        var (down, up) = Factors(9, 11, Rank, seed: 1);
        var layer = PackedLowRankInt8.Pack(down, up, 9, 11, Rank);
        var random = new LinearCase(Rows, 9, 11, density: 0, blockHeight: 1, seed: 1);
        var output = random.Residual.ToArray();
        layer.Run(random.Input, Rows, output, new() { Residual = output }, pool);
        for (var row = 0; row < Rows; row++)
        {
            var alone = random.Residual[(row * 9)..(row * 9 + 9)];
            layer.Run(random.Input.AsSpan(row * 11, 11), 1, alone, new() { Residual = alone }, pool);
            Assert.Equal(alone, output[(row * 9)..(row * 9 + 9)]);
        }
    }

    [Fact]
    public void Outputs_are_near_those_of_the_factors_in_floats()
    {
        using var pool = new KernelPool(1);
        var (down, up) = Factors(40, 200, 16, seed: 3);
        var layer = PackedLowRankInt8.Pack(down, up, 40, 200, 16);
        var random = new LinearCase(rows: 20, 40, 200, density: 0, blockHeight: 1, seed: 2);
        var output = random.Run(layer, pool);
        double error = 0, power = 0;
        for (var row = 0; row < 20; row++)
            for (var o = 0; o < 40; o++)
            {
                var exact = 0.0;
                for (var r = 0; r < 16; r++)
                    for (var i = 0; i < 200; i++)
                        exact += (double)up[o * 16 + r] * down[r * 200 + i] * random.Input[row * 200 + i];
                error += Math.Pow(output[row * 40 + o] - exact, 2);
                power += exact * exact;
            }
        Assert.InRange(Math.Sqrt(error / power), 0, 0.02);
    }

    [Fact]
    public void Export_and_import_give_the_same_bits_and_contradictions_are_refused()
    {
        using var pool = new KernelPool(1);
        var (down, up) = Factors(7, 30, 5, seed: 3);
        var layer = PackedLowRankInt8.Pack(down, up, 7, 30, 5);
        var random = new LinearCase(rows: 3, 7, 30, density: 0, blockHeight: 1, seed: 2);
        var packed = layer.Export();
        Assert.Equal(random.Run(layer, pool), random.Run(PackedLinear.Import(packed), pool));
        foreach (var name in packed.Arrays.Keys)
            Assert.Throws<FrugalException>(() => PackedLinear.Import(new(packed.Format, packed.Arrays.Where(pair => pair.Key != name).ToDictionary())));
        var (otherDown, _) = Factors(7, 30, 4, seed: 3);
        var mixed = new Dictionary<string, PackedArray>(packed.Arrays);
        foreach (var (name, array) in PackedInt8.Pack(otherDown, 4, 30).Export().Arrays)
            mixed["down." + name] = array;
        Assert.Contains("its factors are [4, 30] and [7, 5]", Assert.Throws<FrugalException>(() => PackedLinear.Import(new(packed.Format, mixed))).Message);
    }

    [Fact]
    public void A_row_with_NaN_gives_NaN_and_no_other_row_does()
    {
        using var pool = new KernelPool(1);
        var (down, up) = Factors(7, 30, 5, seed: 3);
        var random = new LinearCase(rows: 3, 7, 30, density: 0, blockHeight: 1, seed: 2);
        random.Input[40] = float.NaN;
        var output = random.Run(PackedLowRankInt8.Pack(down, up, 7, 30, 5), pool);
        for (var i = 0; i < output.Length; i++)
            Assert.Equal(i / 7 == 1, float.IsNaN(output[i]));
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_refused()
    {
        using var pool = new KernelPool(1);
        var (down, up) = Factors(7, 30, 5, seed: 3);
        Assert.Throws<ArgumentException>(() => PackedLowRankInt8.Pack(down, up, 7, 30, 4));
        var layer = PackedLowRankInt8.Pack(down, up, 7, 30, 5);
        Assert.Throws<ArgumentException>(() => layer.Run(new float[30], 1, new float[6], default, pool));
        Assert.Throws<ArgumentException>(() => layer.Run(new float[29], 1, new float[7], default, pool));
        Assert.Throws<ArgumentNullException>(() => layer.Run(new float[30], 1, new float[7], default, null!));
        layer.Run([], 0, [], default, pool);
    }

    [Fact]
    public void Unpacking_gives_the_product_of_the_factors()
    {
        var weight = new float[4];
        PackedLowRankInt8.Pack([127, -127], [1, 2], 2, 2, 1).Unpack(weight);
        Assert.Equal([127, -127, 254, -254], weight);
    }

    private static (float[] Down, float[] Up) Factors(int outFeatures, int inFeatures, int rank, int seed)
    {
        var random = new Random(seed);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
        return (Values(rank * inFeatures), Values(outFeatures * rank));
    }
}

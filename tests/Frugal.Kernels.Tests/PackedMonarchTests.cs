using CsCheck;

namespace Frugal.Kernels.Tests;

public class PackedMonarchTests
{
    [Theory, ClassData(typeof(Levels))]
    public void Every_path_agrees_with_two_scalar_loops(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var three = new KernelPool(3) { Level = level };
        Gen.Select(Gen.Int[1, 50], Gen.Int[1, 80], Gen.Int[1, 80], Gen.Int[1, 9], Gen.Int, Gen.Bool).Sample(
            (rows, inFeatures, outFeatures, blocks, seed, threaded) =>
            {
                var monarch = new MonarchCase(inFeatures, outFeatures, blocks, seed);
                if (!monarch.Exists)
                    Assert.Throws<ArgumentException>(monarch.Pack);
                else
                    RequireCorrect(monarch, monarch.Pack(), rows, inFeatures, outFeatures, threaded ? three : one);
            },
            iter: CaseCount.Value / 2, threads: 1);
    }

    [Theory, ClassData(typeof(Levels))]
    public void Blocks_of_many_outputs_run_in_several_strips(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var (rows, inFeatures, outFeatures, blocks) in new[] { (1, 256, 512, 4), (40, 512, 256, 16), (70, 96, 400, 4), (3, 1024, 1024, 32) })
        {
            var monarch = new MonarchCase(inFeatures, outFeatures, blocks, seed: rows);
            RequireCorrect(monarch, monarch.Pack(), rows, inFeatures, outFeatures, pool);
        }
    }

    [Fact]
    public void Identity_blocks_give_the_input_back()
    {
        const int Blocks = 6;
        var identity = new float[Blocks * Blocks * Blocks];
        for (var i = 0; i < Blocks * Blocks; i++)
            identity[i * Blocks + i % Blocks] = 1;
        var input = Enumerable.Range(0, 36).Select(i => (float)i).ToArray();
        var output = new float[36];
        using var pool = new KernelPool(1);
        PackedMonarch.Pack(identity, identity, 36, 36, Blocks, Blocks, Blocks).Run(input, 1, output, default, pool);
        Assert.Equal(input, output);
    }

    [Fact]
    public void Unpacking_gives_the_product_of_the_factors()
    {
        var monarch = new MonarchCase(30, 14, 4, seed: 1);
        var dense = new float[14 * 30];
        monarch.Pack().Unpack(dense);
        for (var input = 0; input < 30; input++)
        {
            var unit = new float[30];
            unit[input] = 1;
            var expected = monarch.Expected(unit);
            for (var output = 0; output < 14; output++)
                Assert.Equal(expected[output], dense[output * 30 + input], 1e-5);
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void The_same_call_gives_the_same_bits_for_the_same_number_of_threads(SimdLevel level)
    {
        var layer = new MonarchCase(200, 150, 4, seed: 1).Pack();
        foreach (var rows in new[] { 1, 7, 100 })
            foreach (var threads in new[] { 1, 2, 5 })
            {
                using var pool = new KernelPool(threads) { Level = level };
                var random = new LinearCase(rows, 150, 200, density: 0, blockHeight: 1, seed: rows);
                var first = random.Run(layer, pool, Parts.All, Activation.Gelu);
                for (var call = 0; call < 3; call++)
                    Assert.Equal(first, random.Run(layer, pool, Parts.All, Activation.Gelu));
            }
    }

    [Fact]
    public void Export_and_import_give_the_same_bits_and_contradictions_are_refused()
    {
        using var pool = new KernelPool(1);
        var layer = new MonarchCase(30, 14, 4, seed: 1).Pack();
        var random = new LinearCase(rows: 5, 14, 30, density: 0, blockHeight: 1, seed: 1);
        var packed = layer.Export();
        Assert.Equal(random.Run(layer, pool), random.Run(PackedLinear.Import(packed), pool));
        foreach (var (place, value) in new[] { (0, 0), (0, 5), (1, 7), (2, 3), (2, int.MaxValue), (3, 3), (3, 65_536), (4, 5), (4, -1) })
        {
            var data = packed.Arrays["blocks"].Data.ToArray();
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(data.AsSpan())[place] = value;
            var arrays = new Dictionary<string, PackedArray>(packed.Arrays) { ["blocks"] = packed.Arrays["blocks"] with { Data = data } };
            Assert.Throws<FrugalException>(() => PackedLinear.Import(new(packed.Format, arrays)));
        }
    }

    [Fact]
    public void NaN_passes_through_both_factors()
    {
        using var pool = new KernelPool(1);
        var layer = new MonarchCase(40, 24, 4, seed: 2).Pack();
        foreach (var rows in new[] { 1, 20 })
        {
            var random = new LinearCase(rows, 24, 40, density: 0, blockHeight: 1, seed: 1);
            random.Input[7] = float.NaN;
            var output = random.Run(layer, pool);
            Assert.All(output[..24], value => Assert.Equal(float.NaN, value));
            Assert.DoesNotContain(output[24..], float.IsNaN);
        }
    }

    private static void RequireCorrect(MonarchCase monarch, PackedMonarch layer, int rows, int inFeatures, int outFeatures, KernelPool pool)
    {
        var random = new LinearCase(rows, outFeatures, inFeatures, density: 0, blockHeight: 1, seed: rows);
        var output = random.Run(layer, pool, Parts.Bias | Parts.Residual);
        for (var row = 0; row < rows; row++)
        {
            var expected = monarch.Expected(random.Input.AsSpan(row * inFeatures, inFeatures));
            for (var o = 0; o < outFeatures; o++)
                // Terms are at most eight in magnitude.
                Assert.Equal(
                    expected[o] + random.Bias[o] + random.Residual[row * outFeatures + o], output[row * outFeatures + o], 1e-5 * inFeatures);
        }
    }
}

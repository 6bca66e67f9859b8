using System.Runtime.InteropServices;
using CsCheck;

namespace Frugal.Kernels.Tests;

public class PackedMpoTests
{
    [Theory, ClassData(typeof(Levels))]
    public void Every_path_agrees_with_a_scalar_loop_over_the_dense_weight(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var three = new KernelPool(3) { Level = level };
        Gen.Select(Gen.Int[1, 30], Gen.Int[2, 5], Gen.Int, Gen.Bool).Sample(
            (rows, cores, seed, threaded) => RequireCorrect(MpoCase.Random(cores, seed), rows, threaded ? three : one),
            iter: CaseCount.Value / 4, threads: 1);
    }

    [Theory, ClassData(typeof(Levels))]
    public void Wide_layers_and_many_rows_run_in_several_tiles(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var (rows, operatorCase) in new (int, MpoCase)[]
        {
            (70, new([12, 16], [16, 8], [10], 1)), (3, new([16, 20], [20, 16], [5], 2)), (33, new([4, 4, 8], [8, 4, 4], [3, 5], 3)), (1, new([24, 32], [16, 12], [4], 4)),
            (2, new([5, 3], [7, 11], [40], 5, outFeatures: 13, inFeatures: 71)), (1, new([2, 40], [40, 2], [3], 6)),
        })
            RequireCorrect(operatorCase, rows, pool);
    }

    [Theory, ClassData(typeof(Levels))]
    public void The_same_call_gives_the_same_bits_for_any_number_of_threads(SimdLevel level)
    {
        var operatorCase = new MpoCase([6, 5, 4], [4, 5, 6], [3, 4], seed: 1);
        var layer = operatorCase.Pack();
        foreach (var rows in new[] { 1, 7, 100 })
        {
            var random = new LinearCase(rows, operatorCase.OutFeatures, operatorCase.InFeatures, density: 0, blockHeight: 1, seed: rows);
            using var one = new KernelPool(1) { Level = level };
            var expected = random.Run(layer, one, Parts.All, Activation.Gelu);
            foreach (var threads in new[] { 1, 2, 5, 9 })
            {
                using var pool = new KernelPool(threads) { Level = level };
                for (var call = 0; call < 3; call++)
                    Assert.Equal(expected, random.Run(layer, pool, Parts.All, Activation.Gelu));
            }
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void Infinities_and_NaN_reach_all_outputs_of_their_row_and_no_other(SimdLevel level) =>
        SpecialValues.RequireInTheirRowAlone(new MpoCase([4, 5], [6, 3], [3], seed: 1).Pack(), level);

    [Fact]
    public void Cores_whose_product_costs_less_are_multiplied_out()
    {
        // Two factors of two on either side of a bond that is as large as it can be: apart they ask for 4 · 4 · (2 + 2) multiply-adds, together for 16.
        var merged = new MpoCase([2, 2, 8], [2, 2, 8], [4, 2], seed: 1).Pack();
        Assert.Equal(2, merged.NumCores);
        Assert.Equal(4 * 4 * 2 * 8 + 4 * 2 * 8 * 8, merged.MacsPerRow);
        Assert.Equal(4 * 4 * 2 + 2 * 8 * 8, merged.StoredWeights);
        Assert.Equal(3, new MpoCase([4, 4, 4], [4, 4, 4], [1, 1], seed: 1).Pack().NumCores);
    }

    [Fact]
    public void An_operator_of_large_bonds_has_an_obstacle_that_counts()
    {
        Assert.Null(PackedMpo.Obstacle([24, 32], [32, 24], [1, 4, 1], 768, 768));
        Assert.Equal("its cores ask for 3,538,944 multiply-adds a row in the cheapest order, and the dense layer for 589,824", PackedMpo.Obstacle([24, 32], [32, 24], [1, 96, 1], 768, 768));
        Assert.Contains("must cover 900 outputs", PackedMpo.Obstacle([24, 32], [32, 24], [1, 4, 1], 900, 768)!, StringComparison.Ordinal);
    }

    [Fact]
    public void Unpacking_gives_the_product_of_the_cores()
    {
        foreach (var operatorCase in new[] { new MpoCase([2, 2, 8], [2, 2, 8], [4, 2], seed: 1), new MpoCase([3, 4], [5, 2], [2], seed: 2, outFeatures: 11, inFeatures: 9) })
        {
            var weight = new float[operatorCase.OutFeatures * operatorCase.InFeatures];
            operatorCase.Pack().Unpack(weight);
            foreach (var (expected, actual) in operatorCase.Dense().Zip(weight))
                Assert.Equal(expected, actual, 1e-5);
        }
    }

    [Fact]
    public void Subnormal_weights_are_taken_as_zeros_and_counted()
    {
        var layer = PackedMpo.Pack([[1e-40f, 1, 0.5f, 2], [3]], [2, 1], [2, 1], [1, 1, 1], 2, 2);
        Assert.Equal((1, 4, 5), (layer.FlushedSubnormals, layer.NonZeros, layer.StoredWeights));
        var output = new float[2];
        using var pool = new KernelPool(1);
        layer.Run([1, 1], 1, output, default, pool);
        Assert.Equal([3, 7.5f], output);
    }

    [Fact]
    public void Export_and_import_give_the_same_bits_and_contradictions_are_refused()
    {
        using var pool = new KernelPool(1);
        var layer = new MpoCase([8, 4, 3], [3, 4, 8], [1, 1], seed: 1, outFeatures: 90, inFeatures: 91).Pack();
        var random = new LinearCase(rows: 5, 90, 91, density: 0, blockHeight: 1, seed: 1);
        var packed = layer.Export();
        Assert.Equal(random.Run(layer, pool), random.Run(Assert.IsType<PackedMpo>(PackedLinear.Import(packed)), pool));
        foreach (var name in packed.Arrays.Keys)
            Assert.Throws<FrugalException>(() => PackedLinear.Import(new(packed.Format, packed.Arrays.Where(pair => pair.Key != name).ToDictionary())));
        foreach (var (name, place, value) in new[]
        {
            ("layout", 0, 9), ("layout", 1, 97), ("layout", 2, 97), ("bonds", 0, 2), ("bonds", 1, 3), ("bonds", 1, 0), ("bonds", 1, -2), ("out-dims", 0, int.MaxValue), ("out-dims", 0, 65_536), ("in-dims", 1, 3), ("in-dims", 2, 0),
        })
        {
            var data = packed.Arrays[name].Data.ToArray();
            MemoryMarshal.Cast<byte, int>(data.AsSpan())[place] = value;
            var arrays = new Dictionary<string, PackedArray>(packed.Arrays) { [name] = packed.Arrays[name] with { Data = data } };
            Assert.Throws<FrugalException>(() => PackedLinear.Import(new(packed.Format, arrays)));
        }
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused_by_name()
    {
        Assert.Contains("Core 1 has 3 elements; [2, 2, 1, 1] needs 4", Refusal([[1, 2, 3, 4], [1, 2, 3]], [1, 2], [2, 1], [1, 2, 1], 2), StringComparison.Ordinal);
        Assert.Contains("outer bonds are 2 and 1", Refusal([[1, 2, 3, 4], [1, 2]], [1, 1], [2, 1], [2, 1, 1], 1), StringComparison.Ordinal);
        Assert.Contains("from 2 to 8 cores", Refusal([[1, 2]], [1], [2], [1, 1], 1), StringComparison.Ordinal);
        Assert.Contains("must cover 3 outputs", Refusal([[1, 2], [1, 2]], [1, 2], [2, 1], [1, 1, 1], 3), StringComparison.Ordinal);
        Assert.Contains("too large to be held or written out", PackedMpo.Obstacle([1, 1], [60_000, 60_000], [1, 1, 1], 1, 1)!, StringComparison.Ordinal);
        Assert.Contains("too large to be held or written out", PackedMpo.Obstacle([1 << 12, 1 << 12], [1 << 12, 1 << 12], [1, 1, 1], 1, 1)!, StringComparison.Ordinal);
        Assert.Contains("There are 1 cores", Refusal([[1, 2]], [1, 2], [2, 1], [1, 1, 1], 2), StringComparison.Ordinal);
    }

    private static string Refusal(float[][] cores, int[] outDims, int[] inDims, int[] bonds, int outFeatures) =>
        Assert.Throws<ArgumentException>(() => PackedMpo.Pack(cores, outDims, inDims, bonds, outFeatures, inFeatures: 2)).Message;

    private static void RequireCorrect(MpoCase operatorCase, int rows, KernelPool pool)
    {
        var (outFeatures, inFeatures) = (operatorCase.OutFeatures, operatorCase.InFeatures);
        var random = new LinearCase(rows, outFeatures, inFeatures, density: 0, blockHeight: 1, seed: rows);
        var output = random.Run(operatorCase.Pack(), pool, Parts.Bias | Parts.Residual);
        var dense = operatorCase.Dense();
        // Inputs are at most two and the terms of a path at most one; paths and inputs may cancel, so their number bounds the rounding.
        var tolerance = 1e-5 * (4 + 2 * Math.Sqrt(inFeatures * operatorCase.NumPaths()));
        for (var row = 0; row < rows; row++)
        {
            var expected = MpoCase.Expected(dense, random.Input.AsSpan(row * inFeatures, inFeatures));
            for (var o = 0; o < outFeatures; o++)
            {
                var i = row * outFeatures + o;
                Assert.InRange(Math.Abs(output[i] - (expected[o] + random.Bias[o] + random.Residual[i])), 0, tolerance);
            }
        }
    }
}

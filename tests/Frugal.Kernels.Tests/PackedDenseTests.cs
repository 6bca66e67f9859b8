using System.Runtime.InteropServices;

namespace Frugal.Kernels.Tests;

public class PackedDenseTests : PackedLinearTests
{
    private protected override PackedForm Form => PackedForm.Dense;

    [Theory, ClassData(typeof(Levels))]
    public void Infinities_and_NaN_reach_all_outputs_of_their_row_and_no_other(SimdLevel level) =>
        SpecialValues.RequireInTheirRowAlone(PackedDense.Pack(new LinearCase(rows: 1, 40, 18, density: 1, blockHeight: 1, seed: 1).Weight, 40, 18), level);

    [Theory, ClassData(typeof(Levels))]
    public void More_rows_than_are_held_at_once_are_taken_in_turn(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var rows in new[] { 512, 513, 1030 })
        {
            var random = new LinearCase(rows, 35, 9, density: 1, blockHeight: 1, seed: rows);
            random.RequireCorrect(random.Run(PackedDense.Pack(random.Weight, 35, 9), pool, Parts.All), Parts.All);
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void Extreme_scales_neither_overflow_early_nor_vanish(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        foreach (var scale in new[] { 1e-18f, 1e18f })
            foreach (var rows in new[] { 1, 9 })
            {
                var random = new LinearCase(rows, 20, 30, density: 1, blockHeight: 1, seed: 1);
                var scaled = random.With([.. random.Input.Select(value => value * scale)], [.. random.Weight.Select(value => value * scale)]);
                scaled.RequireCorrect(scaled.Run(PackedDense.Pack(scaled.Weight, 20, 30), pool));
            }
    }

    [Fact]
    public void Subnormal_weights_are_taken_as_zeros_and_counted()
    {
        var layer = PackedDense.Pack([1e-40f, 1, 0, 2], 2, 2);
        Assert.Equal((1, 2, 4), (layer.FlushedSubnormals, layer.NonZeros, layer.StoredWeights));
        var weight = new float[4];
        layer.Unpack(weight);
        Assert.Equal([0, 1, 0, 2], weight);
    }

    [Fact]
    public void Arrays_that_contradict_each_other_are_refused()
    {
        var packed = PackedDense.Pack([1, 2, 3, 4, 5, 6], 2, 3).Export();
        foreach (var name in packed.Arrays.Keys)
            Assert.Throws<FrugalException>(() => PackedLinear.Import(new(packed.Format, packed.Arrays.Where(pair => pair.Key != name).ToDictionary())));
        foreach (var (place, value) in new[] { (0, 2), (1, 3), (1, 0), (2, -3), (2, int.MaxValue), (2, 1 << 21) })
        {
            var data = packed.Arrays["layout"].Data.ToArray();
            MemoryMarshal.Cast<byte, int>(data.AsSpan())[place] = value;
            Assert.Throws<FrugalException>(() => PackedLinear.Import(new(packed.Format, new Dictionary<string, PackedArray>(packed.Arrays) { ["layout"] = packed.Arrays["layout"] with { Data = data } })));
        }
    }
}

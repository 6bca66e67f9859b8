namespace Frugal.Kernels.Tests;

/// <summary>What holds for weights of a few bits with inputs that stay as they are.</summary>
public abstract class WeightOnlyTests : PackedLinearTests
{
    [Theory, ClassData(typeof(Levels))]
    public void Infinities_and_NaN_reach_all_outputs_of_their_row_and_no_other(SimdLevel level) =>
        SpecialValues.RequireInTheirRowAlone(Form.Pack(new LinearCase(rows: 1, 37, 45, density: 1, blockHeight: 1, seed: 1).Weight, 37, 45), level);

    [Theory, ClassData(typeof(Levels))]
    public void Extreme_scales_neither_overflow_early_nor_vanish(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        foreach (var (inputs, weights) in new[] { (1e-18f, 1e-18f), (1e15f, 1e15f), (1e-35f, 1e20f), (1e30f, 1e-30f) })
            foreach (var rows in new[] { 1, 30 })
            {
                var random = new LinearCase(rows, 20, 30, density: 1, blockHeight: 1, seed: 3);
                foreach (ref var value in random.Input.AsSpan())
                    value *= inputs;
                foreach (ref var value in random.Weight.AsSpan())
                    value *= weights;
                var layer = Form.Pack(random.Weight, 20, 30);
                Form.Coded(random, layer).RequireCorrect(random.Run(layer, pool));
            }
    }

    [Theory, ClassData(typeof(Levels))]
    public void A_single_weight_in_any_place_is_found(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        for (var place = 0; place < 17 * 19; place++)
        {
            var random = new LinearCase(rows: 1 + place % 6, 17, 19, density: 0, blockHeight: 1, seed: place);
            random.Weight[place] = -3;
            random.RequireCorrect(random.Run(Form.Pack(random.Weight, 17, 19), pool));
        }
    }

    [Fact]
    public void Weights_are_within_half_a_step_of_their_group()
    {
        var random = new LinearCase(rows: 1, 40, 150, density: 0.5, blockHeight: 1, seed: 2);
        var layer = (PackedWeightOnly)Form.Pack(random.Weight, 40, 150);
        var unpacked = new float[random.Weight.Length];
        layer.Unpack(unpacked);
        for (var i = 0; i < unpacked.Length; i++)
        {
            var first = i / 150 * 150 + i % 150 / layer.GroupSize * layer.GroupSize;
            var group = random.Weight.AsSpan(first, Math.Min(layer.GroupSize, 150 - first % 150));
            var step = group.ToArray().Max(Math.Abs) / (layer.Bits == 4 ? 7 : 127);
            Assert.InRange(unpacked[i], random.Weight[i] - 0.5001f * step, random.Weight[i] + 0.5001f * step);
        }
    }

    [Fact]
    public void Subnormal_weights_become_zeros_and_are_counted()
    {
        var layer = Form.Pack([1e-40f, -1e-39f, 0, 1e-41f], 2, 2);
        Assert.Equal((3, 0), (layer.FlushedSubnormals, layer.NonZeros));
    }

    [Fact]
    public void Weights_that_are_not_finite_and_groups_that_cannot_be_are_refused()
    {
        var weight = new float[6 * 4];
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedWeightOnly.Pack(weight, 6, 4, bits: 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedWeightOnly.Pack(weight, 6, 4, bits: 4, groupSize: 12));
        weight[9] = float.NaN;
        Assert.Contains("output 2 and input 1", Assert.Throws<FrugalException>(() => Form.Pack(weight, 6, 4)).Message);
    }

    [Fact]
    public void Files_that_contradict_themselves_are_refused()
    {
        var random = new LinearCase(rows: 1, 6, 40, density: 1, blockHeight: 1, seed: 1);
        var packed = Form.Pack(random.Weight, 6, 40).Export();
        foreach (var (name, array) in packed.Arrays)
        {
            Refuse(name, null);
            Refuse(name, array with { Length = array.Length - 1, Data = array.Data[..^PackedArray.ElementBytes(array.Element)] });
            Refuse(name, array with { Element = (PackedElement)(((int)array.Element + 1) % 5) });
        }
        foreach (var (place, value) in new[] { (0, 9), (1, 0), (1, int.MaxValue), (2, -1), (2, int.MaxValue), (1, 7), (2, 400) })
            Refuse("layout", Changed(packed.Arrays["layout"], place, value));
        foreach (var (place, value) in new[] { (0, 3), (0, 16), (1, 0), (1, 7), (1, -8), (1, 8) })
            Refuse("grouping", Changed(packed.Arrays["grouping"], place, value));
        Refuse("scales", Changed(packed.Arrays["scales"], 2, BitConverter.SingleToInt32Bits(float.NaN)));

        void Refuse(string name, PackedArray? array)
        {
            var arrays = new Dictionary<string, PackedArray>(packed.Arrays);
            if (array is null)
                arrays.Remove(name);
            else
                arrays[name] = array;
            Assert.Throws<FrugalException>(() => PackedLinear.Import(new(packed.Format, arrays)));
        }
    }

    private static PackedArray Changed(PackedArray array, int index, int value)
    {
        var data = array.Data.ToArray();
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(data.AsSpan())[index] = value;
        return array with { Data = data };
    }
}

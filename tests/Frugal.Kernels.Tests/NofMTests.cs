namespace Frugal.Kernels.Tests;

/// <summary>What holds for N:M weights whatever the pattern; the form prunes what it is given to the pattern.</summary>
public abstract class NofMTests : PackedLinearTests
{
    [Theory, ClassData(typeof(Levels))]
    public void A_single_weight_in_any_place_is_found(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        for (var place = 0; place < 17 * 19; place++)
        {
            var random = new LinearCase(rows: 1 + place % 20, 17, 19, density: 0, blockHeight: 1, seed: place);
            random.Weight[place] = 3;
            random.RequireCorrect(random.Run(Form.Pack(random.Weight, 17, 19), pool));
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void Infinities_and_NaN_pass_through_stored_weights_and_nowhere_else(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        foreach (var rows in new[] { 1, 3, 4, 50 })
            foreach (var special in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
                for (var column = 0; column < 21; column += 4)
                {
                    var random = new LinearCase(rows, 18, 21, density: 0.6, blockHeight: 1, seed: rows + column);
                    random.Input[column] = special;
                    var layer = Form.Pack(random.Weight, 18, 21);
                    Form.Coded(random, layer).RequireCorrect(random.Run(layer, pool));
                }
    }

    [Theory, ClassData(typeof(Levels))]
    public void Extreme_scales_neither_overflow_early_nor_vanish(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        foreach (var scale in new[] { 1e-18f, 1e15f })
            foreach (var rows in new[] { 1, 30 })
            {
                var random = new LinearCase(rows, 20, 30, density: 0.4, blockHeight: 1, seed: 3);
                foreach (ref var value in random.Input.AsSpan())
                    value *= scale;
                foreach (ref var value in random.Weight.AsSpan())
                    value *= scale;
                var layer = Form.Pack(random.Weight, 20, 30);
                Form.Coded(random, layer).RequireCorrect(random.Run(layer, pool));
            }
    }

    [Fact]
    public void Subnormal_weights_are_taken_as_zeros_counted_and_no_part_of_the_pattern()
    {
        var layer = PackedNofM.Pack([1, 1e-40f, -1e-41f, 1e-42f, 2, 0, 0, 3], 1, 8, 2, 4);
        Assert.Equal((3, 3, 3), (layer.FlushedSubnormals, layer.NonZeros, layer.StoredWeights));
    }

    [Fact]
    public void A_weight_without_the_pattern_is_refused_by_its_place()
    {
        var weight = new float[3 * 9];
        (weight[13], weight[14], weight[15]) = (1, 2, 3);
        Assert.False(PackedNofM.Fits(weight, 9, 2, 4));
        Assert.Contains(
            "Output 1 has more than 2 weights in the 4 inputs from 4 on", Assert.Throws<FrugalException>(() => PackedNofM.Pack(weight, 3, 9, 2, 4)).Message);
        weight[14] = 0;
        Assert.True(PackedNofM.Fits(weight, 9, 2, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedNofM.Pack(weight, 3, 9, 2, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedNofM.Pack(weight, 3, 9, 4, 4));
    }

    [Fact]
    public void Unpacking_gives_the_weight_back()
    {
        var weight = new float[2 * 10];
        for (var i = 0; i < weight.Length; i += 5)
            weight[i] = i + 1;
        var unpacked = new float[weight.Length];
        Form.Pack(weight, 2, 10).Unpack(unpacked);
        Assert.Equal(weight, unpacked);
    }

    [Fact]
    public void Files_that_contradict_themselves_are_refused()
    {
        var random = new LinearCase(rows: 1, 6, 39, density: 1, blockHeight: 1, seed: 1);
        var packed = Form.Pack(random.Weight, 6, 39).Export();
        foreach (var (name, array) in packed.Arrays)
        {
            Refuse(name, null);
            Refuse(name, array with { Length = array.Length - 1, Data = array.Data[..^PackedArray.ElementBytes(array.Element)] });
            Refuse(name, array with { Element = (PackedElement)(((int)array.Element + 1) % 5) });
        }
        foreach (var (place, value) in new[] { (0, 9), (1, 0), (1, int.MaxValue), (2, -1), (2, int.MaxValue), (1, 7), (2, 400) })
            Refuse("layout", Changed(packed.Arrays["layout"], place * sizeof(int), BitConverter.GetBytes(value)));
        foreach (var (place, value) in new[] { (0, 0), (0, 8), (1, 0), (1, 5), (1, 16) })
            Refuse("pattern", Changed(packed.Arrays["pattern"], place * sizeof(int), BitConverter.GetBytes(value)));
        // Two values at one place, places that descend, a place behind the group, and a value that is nowhere.
        foreach (var pair in new byte[] { 0x00, 0x01, 0x99, 0xFF })
            Refuse("places", Changed(packed.Arrays["places"], 0, [pair]));

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

    private static PackedArray Changed(PackedArray array, int offset, byte[] bytes)
    {
        var data = array.Data.ToArray();
        bytes.CopyTo(data, offset);
        return array with { Data = data };
    }
}

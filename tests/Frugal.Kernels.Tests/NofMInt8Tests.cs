namespace Frugal.Kernels.Tests;

/// <summary>What holds for N:4 weights of 8 bits; the form prunes what it is given to the pattern.</summary>
public abstract class NofMInt8Tests : CodedLinearTests
{
    [Theory, ClassData(typeof(Levels))]
    public void A_single_weight_in_any_place_is_found(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        for (var place = 0; place < 17 * 19; place++)
        {
            var random = new LinearCase(rows: 1 + place % 20, 17, 19, density: 0, blockHeight: 1, seed: place);
            random.Weight[place] = 3;
            var layer = Form.Pack(random.Weight, 17, 19);
            Form.Coded(random, layer).RequireCorrect(random.Run(layer, pool));
        }
    }

    [Fact]
    public void A_layer_gives_the_bits_of_the_dense_one()
    {
        using var pool = new KernelPool(1);
        var random = new LinearCase(rows: 9, 50, 70, density: 1, blockHeight: 1, seed: 1);
        var layer = (PackedNofMInt8)Form.Pack(random.Weight, 50, 70);
        var unpacked = new float[50 * 70];
        layer.Unpack(unpacked);
        Assert.Equal(random.Run(PackedInt8.Pack(unpacked, 50, 70), pool), random.Run(layer, pool));
        Assert.Equal(50 * 18 * layer.N, layer.StoredWeights);
    }

    [Fact]
    public void A_weight_without_the_pattern_is_refused_by_its_place()
    {
        var weight = new float[3 * 9];
        (weight[13], weight[14], weight[15]) = (1, 2, 3);
        Assert.Contains("Output 1 has more than 2 weights in the 4 inputs from 4 on", Assert.Throws<FrugalException>(() => PackedNofMInt8.Pack(weight, 3, 9, 2)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedNofMInt8.Pack(weight, 3, 9, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedNofMInt8.Pack(weight, 3, 9, 3));
    }

    [Fact]
    public void Places_that_cannot_be_are_refused()
    {
        var packed = Form.Pack(new LinearCase(rows: 1, 6, 39, density: 1, blockHeight: 1, seed: 1).Weight, 6, 39).Export();
        // More than N, behind the group, and behind the last input of an output.
        foreach (var (group, places) in new[] { (0, 0x07), (0, 0x11), (9, 0x08) })
        {
            var data = packed.Arrays["places"].Data.ToArray();
            data[group] = (byte)places;
            var arrays = new Dictionary<string, PackedArray>(packed.Arrays) { ["places"] = packed.Arrays["places"] with { Data = data } };
            Assert.Contains("has the places", Assert.Throws<FrugalException>(() => PackedLinear.Import(new(packed.Format, arrays))).Message);
        }
    }
}

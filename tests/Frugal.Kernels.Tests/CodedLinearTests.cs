namespace Frugal.Kernels.Tests;

/// <summary>What holds for every form whose inputs are coded row by row.</summary>
public abstract class CodedLinearTests : PackedLinearTests
{
    [Theory, ClassData(typeof(Levels))]
    public void A_row_with_NaN_gives_NaN_and_no_other_row_does(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var rows in new[] { 1, 4, 30, 150 })
            for (var place = 0; place < 45; place += 11)
            {
                var random = new LinearCase(rows, 37, 45, density: 1, Form.BlockHeight, seed: place);
                var bad = rows / 2;
                random.Input[bad * 45 + place] = float.NaN;
                var output = random.Run(Form.Pack(random.Weight, 37, 45), pool, Parts.All, Activation.Gelu);
                for (var i = 0; i < output.Length; i++)
                    Assert.Equal(i / 37 == bad, float.IsNaN(output[i]));
            }
    }

    [Theory, ClassData(typeof(Levels))]
    public void Extreme_scales_neither_overflow_early_nor_vanish(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        foreach (var (inputs, weights) in new[] { (1e-18f, 1e-18f), (1e15f, 1e15f), (1e-35f, 1e20f), (1e30f, 1e-30f) })
            foreach (var rows in new[] { 1, 30 })
            {
                var random = new LinearCase(rows, 20, 30, density: 1, Form.BlockHeight, seed: 3);
                foreach (ref var value in random.Input.AsSpan())
                    value *= inputs;
                foreach (ref var value in random.Weight.AsSpan())
                    value *= weights;
                var layer = Form.Pack(random.Weight, 20, 30);
                Form.Coded(random, layer).RequireCorrect(random.Run(layer, pool));
            }
    }

    [Theory, ClassData(typeof(Levels))]
    public void Rows_of_zeros_and_of_subnormal_numbers_are_finite(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        foreach (var value in new[] { 0, -0f, 1e-40f, -1e-45f })
        {
            var random = new LinearCase(3, 20, 33, density: 1, Form.BlockHeight, seed: 1);
            random.Input.AsSpan().Fill(value);
            var layer = Form.Pack(random.Weight, 20, 33);
            var output = random.Run(layer, pool);
            Assert.All(output, sum => Assert.True(float.IsFinite(sum)));
            Form.Coded(random, layer).RequireCorrect(output);
        }
    }

    [Theory, InlineData(1), InlineData(3), InlineData(21)]
    public void Every_level_gives_the_same_sums(int rows)
    {
        var random = new LinearCase(rows, 275, 130, density: 0.8, Form.BlockHeight, seed: 9);
        var layer = Form.Pack(random.Weight, 275, 130);
        var outputs = Enum.GetValues<SimdLevel>().Where(level => level <= Simd.Level).Select(level =>
        {
            using var pool = new KernelPool(1) { Level = level };
            return random.Run(layer, pool);
        }).ToArray();
        Assert.All(outputs, output => Assert.Equal(outputs[0], output));
    }

    [Fact]
    public void Weights_that_are_not_finite_are_refused()
    {
        foreach (var special in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            var weight = new float[6 * 4];
            weight[9] = special;
            Assert.Contains("output 2 and input 1", Assert.Throws<FrugalException>(() => Form.Pack(weight, 6, 4)).Message);
        }
    }

    [Fact]
    public void Files_that_contradict_themselves_are_refused()
    {
        var random = new LinearCase(rows: 1, 6, 40, density: 1, Form.BlockHeight, seed: 1);
        var packed = Form.Pack(random.Weight, 6, 40).Export();
        foreach (var (name, array) in packed.Arrays)
        {
            Refuse(name, null);
            if (array.Length > 0)
                Refuse(name, array with { Length = array.Length - 1, Data = array.Data[..^PackedArray.ElementBytes(array.Element)] });
            Refuse(name, array with { Length = array.Length + 1 });
            Refuse(name, array with { Element = (PackedElement)(((int)array.Element + 1) % 5) });
        }
        foreach (var (place, value) in new[] { (0, 9), (1, 0), (1, int.MaxValue), (2, -1), (2, int.MaxValue), (1, 7), (2, 400) })
            Refuse("layout", Changed(packed.Arrays["layout"], place, value));
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

namespace Frugal.Kernels.Tests;

public class PackedBinaryTests : CodedLinearTests
{
    private protected override PackedForm Form => PackedForm.Binary;

    [Theory, ClassData(typeof(Levels))]
    public void Rows_are_scaled_by_the_mean_magnitude_of_their_inputs(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var inFeatures in new[] { 1, 7, 33, 200 })
        {
            var random = new LinearCase(rows: 20, 30, inFeatures, density: 1, blockHeight: 1, seed: inFeatures);
            var layer = PackedBinary.Pack(random.Weight, 30, inFeatures, scalesRows: true);
            PackedForm.BinaryScalingRows.Coded(random, layer).RequireCorrect(random.Run(layer, pool, Parts.All), Parts.All);
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void Shift_and_low_rank_term_are_as_a_scalar_loop_has_them(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var (rows, outFeatures, inFeatures, rank) in new[] { (1, 40, 50, 1), (3, 33, 31, 4), (40, 130, 100, 2), (200, 17, 64, 3) })
        {
            var random = new LinearCase(rows, outFeatures, inFeatures, density: 1, blockHeight: 1, seed: rank);
            var factors = new LinearCase(rank, outFeatures, inFeatures, density: 1, blockHeight: 1, seed: 10 + rank);
            float[] shift = random.Weight[..inFeatures], down = factors.Input, up = factors.Weight.Length >= outFeatures * rank ? factors.Weight[..(outFeatures * rank)] : [];
            // An input that meets its shift exactly is zero, and so positive.
            random.Input[0] = -shift[0];
            var layer = PackedBinary.Pack(random.Weight, outFeatures, inFeatures, scalesRows: false, shift, down, up);
            foreach (var packed in new[] { layer, PackedLinear.Import(layer.Export()) })
            {
                var output = random.Run(packed, pool, Parts.Bias);
                for (var row = 0; row < rows; row++)
                    for (var o = 0; o < outFeatures; o++)
                    {
                        double expected = random.Bias[o], scale = 0, signs = 0;
                        for (var i = 0; i < inFeatures; i++)
                        {
                            var weight = random.Weight[o * inFeatures + i];
                            scale += Math.Abs(weight) / inFeatures;
                            signs += (random.Input[row * inFeatures + i] + shift[i] < 0) == weight < 0 ? 1 : -1;
                            for (var r = 0; r < rank; r++)
                                expected += (double)up[o * rank + r] * down[r * inFeatures + i] * random.Input[row * inFeatures + i];
                        }
                        Assert.Equal(expected + scale * signs, output[row * outFeatures + o], 1e-4 * inFeatures);
                    }
            }
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void An_infinity_has_a_sign(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        var output = new float[2];
        Form.Pack([1, -1, 1, 1], 2, 2).Run([float.PositiveInfinity, float.NegativeInfinity], 1, output, default, pool);
        Assert.Equal([2, 0], output);
    }

    [Fact]
    public void A_weight_of_plus_and_minus_a_scale_is_exact()
    {
        var unpacked = new float[6];
        Form.Pack([0.25f, -0.25f, -0.25f, 3, 3, -3], 2, 3).Unpack(unpacked);
        Assert.Equal([0.25f, -0.25f, -0.25f, 3, 3, -3], unpacked);
    }

    [Fact]
    public void Factors_and_shift_that_do_not_fit_are_refused()
    {
        var weight = new float[6];
        Assert.Throws<ArgumentException>(() => PackedBinary.Pack(weight, 2, 3, shift: new float[2]));
        Assert.Throws<ArgumentException>(() => PackedBinary.Pack(weight, 2, 3, down: new float[4], up: new float[2]));
        Assert.Throws<ArgumentException>(() => PackedBinary.Pack(weight, 2, 3, down: new float[3], up: new float[3]));
    }
}

namespace Frugal.Kernels.Tests;

public class ActivationTests
{
    public static TheoryData<Activation, SimdLevel> Cases()
    {
        var cases = new TheoryData<Activation, SimdLevel>();
        foreach (var activation in Enum.GetValues<Activation>())
            foreach (var level in Enum.GetValues<SimdLevel>())
                if (level <= Simd.Level)
                    cases.Add(activation, level);
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Values_are_within_1e_6_of_double_precision(Activation activation, SimdLevel level)
    {
        var inputs = Enumerable.Range(-12_000, 24_001).Select(i => i * 1e-3f).Append(1e-30f).Append(-1e-30f).Append(80f).Append(-80f).ToArray();
        var outputs = Apply(inputs, activation, level);
        for (var i = 0; i < inputs.Length; i++)
        {
            var expected = ExactActivation.Of(activation, inputs[i]);
            Assert.True(Math.Abs(outputs[i] - expected) <= 1e-6 * Math.Abs(expected) + 2.5e-7 * Math.Min(1, Math.Abs(inputs[i])) + 1e-37,
                $"{activation}({inputs[i]}) = {outputs[i]}, expected {expected}");
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Not_a_number_stays_and_infinity_passes(Activation activation, SimdLevel level)
    {
        var outputs = Apply([float.NaN, float.PositiveInfinity, 1], activation, level);
        Assert.Equal(float.NaN, outputs[0]);
        Assert.Equal(float.PositiveInfinity, outputs[1]);
        Assert.True(float.IsFinite(outputs[2]));
    }

    [Theory, MemberData(nameof(Cases))]
    public void Large_negative_values_vanish_except_through_the_identity(Activation activation, SimdLevel level)
    {
        var output = Apply([-1e4f], activation, level)[0];
        if (activation == Activation.Identity)
            Assert.Equal(-1e4f, output);
        else
            Assert.InRange(output, -1e-30f, 0);
    }

    /// <summary>The activation of each value, through a layer whose weight is one and whose rows are the values.</summary>
    private static float[] Apply(float[] inputs, Activation activation, SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        var outputs = new float[inputs.Length];
        PackedSparse.Pack([1f], 1, 1).Run(inputs, inputs.Length, outputs, new() { Activation = activation }, pool);
        return outputs;
    }
}

using CsCheck;

namespace Frugal.Kernels.Tests;

public class LayerNormOperatorTests
{
    private const float Epsilon = 1e-6f;

    [Theory, ClassData(typeof(Levels))]
    public void Every_path_agrees_with_a_scalar_loop_in_double_precision(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var three = new KernelPool(3) { Level = level };
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 200], Gen.Int, Gen.Bool).Sample(
            (rows, features, seed, threaded) =>
            {
                var random = new LinearCase(rows, features, features, density: 0, blockHeight: 1, seed);
                var output = new float[rows * features];
                new LayerNormOperator(random.Scale, random.Bias, Epsilon).Run(random.Input, rows, output, threaded ? three : one);
                RequireCorrect(random.Input, random.Scale, random.Bias, output);
            },
            iter: CaseCount.Value / 4, threads: 1);
    }

    [Theory, ClassData(typeof(Levels))]
    public void A_small_variance_beside_a_large_mean_keeps_its_digits(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        var random = new LinearCase(rows: 3, 45, 45, density: 0, blockHeight: 1, seed: 1);
        var input = random.Input.Select(value => 4096 + value).ToArray();
        var output = new float[input.Length];
        new LayerNormOperator(random.Scale, random.Bias, Epsilon).Run(input, 3, output, pool);
        RequireCorrect(input, random.Scale, random.Bias, output, tolerance: 2e-3);
    }

    [Theory, ClassData(typeof(Levels))]
    public void Equal_values_give_the_bias_and_NaN_stays_in_its_row(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        var random = new LinearCase(rows: 1, 21, 21, density: 0, blockHeight: 1, seed: 1);
        var input = new float[3 * 21];
        input.AsSpan(0, 42).Fill(0.5f);
        input[50] = float.NaN;
        var output = new float[input.Length];
        new LayerNormOperator(random.Scale, random.Bias, Epsilon).Run(input, 3, output, pool);
        Assert.Equal(random.Bias, output[..21]);
        Assert.Equal(random.Bias, output[21..42]);
        Assert.All(output[42..], value => Assert.Equal(float.NaN, value));
    }

    [Theory, ClassData(typeof(Levels))]
    public void No_path_touches_memory_beside_its_spans(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        using var inputs = new GuardedMemory(2 * 70 * sizeof(float));
        using var outputs = new GuardedMemory(2 * 70 * sizeof(float));
        for (var features = 1; features <= 70; features++)
        {
            var random = new LinearCase(rows: 2, features, features, density: 0, blockHeight: 1, seed: features);
            var norm = new LayerNormOperator(random.Scale, random.Bias, Epsilon);
            random.Input.CopyTo(inputs.AtEnd(2 * features));
            norm.Run(inputs.AtEnd(2 * features), 2, outputs.AtEnd(2 * features), pool);
            RequireCorrect(random.Input, random.Scale, random.Bias, outputs.AtEnd(2 * features));
            random.Input.CopyTo(inputs.AtStart(2 * features));
            norm.Run(inputs.AtStart(2 * features), 2, outputs.AtStart(2 * features), pool);
            RequireCorrect(random.Input, random.Scale, random.Bias, outputs.AtStart(2 * features));
        }
    }

    [Fact]
    public void Arguments_that_do_not_fit_are_refused()
    {
        using var pool = new KernelPool(1);
        Assert.Throws<ArgumentException>(() => new LayerNormOperator([], [], Epsilon));
        Assert.Throws<ArgumentException>(() => new LayerNormOperator([1, 2], [1], Epsilon));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LayerNormOperator([1, 2], [], -1));
        var norm = new LayerNormOperator([1, 2], [], Epsilon);
        Assert.Throws<ArgumentException>(() => norm.Run(new float[3], 1, new float[2], pool));
        Assert.Throws<ArgumentException>(() => norm.Run(new float[2], 1, new float[3], pool));
        var both = new float[2];
        Assert.Throws<ArgumentException>(() => norm.Run(both, 1, both, pool));
        norm.Run([], 0, [], pool);
    }

    private static void RequireCorrect(ReadOnlySpan<float> input, float[] weight, float[] bias, ReadOnlySpan<float> output, double tolerance = 1e-5)
    {
        var features = weight.Length;
        for (var row = 0; row < input.Length / features; row++)
        {
            var values = input.Slice(row * features, features).ToArray().Select(value => (double)value).ToArray();
            var mean = values.Average();
            var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)) + Epsilon);
            var largest = values.Max(Math.Abs);
            for (var i = 0; i < features; i++)
            {
                var expected = (values[i] - mean) / deviation * weight[i] + bias[i];
                // A float holds an input to 6e-8 of its size, which a small deviation magnifies.
                var slack = tolerance * (Math.Abs(expected) + 2) + 1e-6 * largest / deviation * Math.Abs(weight[i]);
                Assert.InRange(Math.Abs(output[row * features + i] - expected), 0, slack);
            }
        }
    }
}

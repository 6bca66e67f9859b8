using CsCheck;

namespace Frugal.Kernels.Tests;

public class PackedExpertsTests
{
    private const int In = 20, Out = 13;

    [Theory, ClassData(typeof(Levels))]
    public void Every_row_gets_the_weighted_sum_of_its_experts(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var three = new KernelPool(3) { Level = level };
        Gen.Select(Gen.Int[1, 60], Gen.Int[1, 5], Gen.Int[1, 3], Gen.Int, Gen.Bool).Sample(
            (rows, experts, perRow, seed, threaded) =>
            {
                var random = new Random(seed);
                var cases = Cases(experts, seed);
                var input = Values(random, rows * In);
                var chosen = Enumerable.Range(0, rows * perRow).Select(_ => random.Next(experts)).ToArray();
                var weights = Values(random, rows * perRow);
                var output = new float[rows * Out];
                output.AsSpan().Fill(7);
                Mixture(cases).Run(input, rows, chosen, weights, output, threaded ? three : one);
                for (var row = 0; row < rows; row++)
                    for (var o = 0; o < Out; o++)
                    {
                        double sum = 0, magnitude = 0;
                        for (var k = row * perRow; k < (row + 1) * perRow; k++)
                        {
                            double value = cases[chosen[k]].Bias[o], size = Math.Abs(value);
                            for (var i = 0; i < In; i++)
                            {
                                var term = (double)cases[chosen[k]].Weight[o * In + i] * input[row * In + i];
                                (value, size) = (value + term, size + Math.Abs(term));
                            }
                            (sum, magnitude) = (sum + weights[k] * Math.Max(value, 0), magnitude + Math.Abs(weights[k]) * size);
                        }
                        Assert.InRange(Math.Abs(output[row * Out + o] - sum), 0, 1e-5 * magnitude + 1e-37);
                    }
            },
            iter: CaseCount.Value / 4, threads: 1);
    }

    [Fact]
    public void The_same_call_gives_the_same_bits_and_an_expert_in_8_bits_is_an_expert()
    {
        var cases = Cases(4, seed: 1);
        var mixture = new PackedExperts([.. cases.Select(each => new LinearOperator(PackedInt8.Pack(each.Weight, Out, In), each.Bias))]);
        var random = new Random(2);
        var (input, chosen, weights) = (Values(random, 50 * In), Enumerable.Range(0, 100).Select(_ => random.Next(4)).ToArray(), Values(random, 100));
        var outputs = new[] { 1, 2, 5 }.Select(threads =>
        {
            using var pool = new KernelPool(threads);
            var output = new float[50 * Out];
            mixture.Run(input, 50, chosen, weights, output, pool);
            return output;
        }).ToArray();
        Assert.All(outputs, output => Assert.Equal(outputs[0], output));
    }

    [Fact]
    public void Rows_without_experts_are_zeros_and_experts_that_are_none_are_refused()
    {
        using var pool = new KernelPool(1);
        var mixture = Mixture(Cases(3, seed: 1));
        Assert.Equal((3, In, Out), (mixture.Count, mixture.InFeatures, mixture.OutFeatures));
        var output = Enumerable.Repeat(7f, Out).ToArray();
        mixture.Run(new float[In], 1, [], [], output, pool);
        Assert.All(output, value => Assert.Equal(0, value));
        mixture.Run([], 0, [], [], [], pool);
        Assert.Contains("expert 3; there are 3", Assert.Throws<ArgumentException>(() => mixture.Run(new float[In], 1, [3], [1], new float[Out], pool)).Message);
        Assert.Throws<ArgumentException>(() => mixture.Run(new float[In], 1, [-1], [1], new float[Out], pool));
        Assert.Throws<ArgumentException>(() => mixture.Run(new float[In], 1, [1], [1, 2], new float[Out], pool));
        Assert.Throws<ArgumentException>(() => mixture.Run(new float[2 * In], 2, [1], [1], new float[2 * Out], pool));
        Assert.Throws<ArgumentException>(() => mixture.Run(new float[In + 1], 1, [1], [1], new float[Out], pool));
        Assert.Throws<ArgumentException>(() => new PackedExperts([]));
        Assert.Contains(
            "Expert 1 takes 3 columns",
            Assert.Throws<ArgumentException>(() => new PackedExperts([new LayerNormOperator([1, 2], [], 0), new LayerNormOperator([1, 2, 3], [], 0)])).Message);
    }

    [Fact]
    public void NaN_stays_in_its_row()
    {
        using var pool = new KernelPool(1);
        var input = new float[3 * In];
        input[In + 4] = float.NaN;
        var output = new float[3 * Out];
        Mixture(Cases(2, seed: 1)).Run(input, 3, [0, 0, 1], [1, 1, 1], output, pool);
        for (var i = 0; i < output.Length; i++)
            Assert.Equal(i / Out == 1, float.IsNaN(output[i]));
    }

    private static LinearCase[] Cases(int experts, int seed) =>
        [.. Enumerable.Range(0, experts).Select(expert => new LinearCase(1, Out, In, density: 1, blockHeight: 1, seed + expert))];

    private static PackedExperts Mixture(LinearCase[] cases) =>
        new([.. cases.Select(each => new LinearOperator(PackedBlockSparse.Pack(each.Weight, Out, In, 16), each.Bias, Activation.Relu))]);

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
}

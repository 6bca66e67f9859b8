using CsCheck;

namespace Frugal.Kernels.Tests;

public class PackedSnnkTests
{
    [Theory, ClassData(typeof(Levels))]
    public void Every_path_agrees_with_scalar_loops_in_double_precision(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var three = new KernelPool(3) { Level = level };
        Gen.Select(Gen.Int[1, 90], Gen.Int[1, 100], Gen.Int[1, 100], Gen.Int[1, 70], Gen.Int, Gen.Bool).Sample(
            (rows, inFeatures, outFeatures, features, seed, threaded) =>
            {
                var layer = new Case(inFeatures, outFeatures, features, seed);
                var input = Case.Numbers(rows * inFeatures, seed + 1);
                var output = new float[rows * outFeatures];
                layer.Pack().Run(input, rows, output, threaded ? three : one);
                for (var row = 0; row < rows; row++)
                    layer.RequireCorrect(input.AsSpan(row * inFeatures, inFeatures), output.AsSpan(row * outFeatures, outFeatures));
            },
            iter: CaseCount.Value / 4, threads: 1);
    }

    [Theory, ClassData(typeof(Levels))]
    public void No_path_touches_memory_beside_its_spans(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        using var inputs = new GuardedMemory(40 * 70 * sizeof(float));
        using var outputs = new GuardedMemory(40 * 70 * sizeof(float));
        foreach (var rows in new[] { 1, 2, 5, 9, 40 })
            for (var size = 1; size < 70; size += 4)
            {
                var layer = new Case(size, 70 - size, 1 + size % 23, seed: size);
                var input = Case.Numbers(rows * size, size);
                foreach (var (source, target) in new[] { (0, 0), (1, 1) })
                {
                    var from = source == 0 ? inputs.AtStart(input.Length) : inputs.AtEnd(input.Length);
                    var to = target == 0 ? outputs.AtStart(rows * (70 - size)) : outputs.AtEnd(rows * (70 - size));
                    input.CopyTo(from);
                    layer.Pack().Run(from, rows, to, pool);
                    layer.RequireCorrect(input.AsSpan(0, size), to[..(70 - size)]);
                }
            }
    }

    [Theory, ClassData(typeof(Levels))]
    public void NaN_stays_in_its_row(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        var layer = new Case(20, 30, 40, seed: 1).Pack();
        foreach (var rows in new[] { 1, 3, 40 })
        {
            var input = Case.Numbers(rows * 20, seed: 2);
            input[rows / 2 * 20 + 7] = float.NaN;
            var output = new float[rows * 30];
            layer.Run(input, rows, output, pool);
            for (var i = 0; i < output.Length; i++)
                Assert.Equal(i / 30 == rows / 2, float.IsNaN(output[i]));
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PackedSnnk.Pack(new float[11], new float[8], 2, 3, 4));
        Assert.Throws<ArgumentException>(() => PackedSnnk.Pack(new float[12], new float[7], 2, 3, 4));
        Assert.Throws<ArgumentException>(() => PackedSnnk.Pack(new float[12], new float[8], 2, 3, 4, new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedSnnk.Pack(new float[65_537], new float[1], 1, 65_537, 1));
    }

    private sealed class Case(int inFeatures, int outFeatures, int features, int seed)
    {
        private const float Constant = -0.25f;

        private readonly float[] _projection = Numbers(features * inFeatures, seed);
        private readonly float[] _weights = Numbers(outFeatures * features, seed + 1);
        private readonly float[] _bias = Numbers(outFeatures, seed + 2);

        public static float[] Numbers(int count, int seed)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, count).Select(_ => 4 * random.NextSingle() - 2)];
        }

        public PackedSnnk Pack() => PackedSnnk.Pack(_projection, _weights, outFeatures, inFeatures, features, _bias, Constant);

        public void RequireCorrect(ReadOnlySpan<float> row, ReadOnlySpan<float> output)
        {
            var map = new double[features];
            for (var feature = 0; feature < features; feature++)
            {
                for (var i = 0; i < inFeatures; i++)
                    map[feature] += (double)_projection[feature * inFeatures + i] * row[i];
                map[feature] = Math.Max(map[feature], Constant);
            }
            for (var o = 0; o < outFeatures; o++)
            {
                var expected = (double)_bias[o];
                for (var feature = 0; feature < features; feature++)
                    expected += _weights[o * features + feature] * map[feature] / Math.Sqrt(features);
                // Sums of up to 100 products of up to 4, then of 70 of those.
                Assert.Equal(expected, output[o], 2e-3);
            }
        }
    }
}

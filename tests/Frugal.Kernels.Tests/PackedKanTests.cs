using CsCheck;

namespace Frugal.Kernels.Tests;

public class PackedKanTests
{
    [Theory, ClassData(typeof(Levels))]
    public void Every_path_agrees_with_scalar_loops_in_double_precision(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var three = new KernelPool(3) { Level = level };
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 40], Gen.Int[1, 60], Gen.Int, Gen.Bool).Sample(
            (rows, inFeatures, outFeatures, seed, threaded) =>
            {
                var layer = new KanCase(inFeatures, outFeatures, seed);
                var input = layer.Inputs(rows);
                var output = new float[rows * outFeatures];
                layer.Pack().Run(input, rows, output, threaded ? three : one);
                for (var row = 0; row < rows; row++)
                    layer.RequireCorrect(input.AsSpan(row * inFeatures, inFeatures), output.AsSpan(row * outFeatures, outFeatures));
            },
            iter: CaseCount.Value / 8, threads: 1);
    }

    [Theory, ClassData(typeof(Levels))]
    public void No_path_touches_memory_beside_its_spans(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        using var inputs = new GuardedMemory(40 * 50 * sizeof(float));
        using var outputs = new GuardedMemory(40 * 50 * sizeof(float));
        foreach (var rows in new[] { 1, 2, 5, 9, 40 })
            for (var size = 1; size < 50; size += 6)
                foreach (var atEnd in new[] { false, true })
                {
                    var layer = new KanCase(size, 50 - size, seed: size);
                    var input = layer.Inputs(rows);
                    var from = atEnd ? inputs.AtEnd(input.Length) : inputs.AtStart(input.Length);
                    var to = atEnd ? outputs.AtEnd(rows * (50 - size)) : outputs.AtStart(rows * (50 - size));
                    input.CopyTo(from);
                    layer.Pack().Run(from, rows, to, pool);
                    layer.RequireCorrect(input.AsSpan(0, size), to[..(50 - size)]);
                }
    }

    [Theory, ClassData(typeof(Levels))]
    public void NaN_stays_in_its_row(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var rows in new[] { 1, 3, 40 })
            for (var column = 0; column < 20; column += 3)
            {
                var layer = new KanCase(20, 30, seed: 1);
                var input = layer.Inputs(rows);
                input[rows / 2 * 20 + column] = float.NaN;
                var output = new float[rows * 30];
                layer.Pack().Run(input, rows, output, pool);
                for (var i = 0; i < output.Length; i++)
                    Assert.Equal(i / 30 == rows / 2, float.IsNaN(output[i]));
            }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        KanFunctions splines = new(KanFunction.BSpline, [0, 1], 2, 1, [0, 1, 2, 3, 0, 1, 2, 3]);
        Assert.Equal(3, PackedKan.Pack([splines], new float[12], 3, 2).OutFeatures);
        Refuse("needs 12", [splines], 11);
        Refuse("no functions", [], 0);
        Refuse("stands twice", [splines with { Inputs = [1, 1] }], 12);
        Refuse("columns from 0 to 1", [splines with { Inputs = [0, 2] }], 12);
        Refuse("need 4 knots", [splines with { Knots = [0, 1, 2] }], 12);
        Refuse("must be finite and ascend", [splines with { Knots = [0, 1, 1, 3, 0, 1, 2, 3] }], 12);
        Refuse("cannot be 2 functions", [new(KanFunction.Silu, [0], 2)], 6);

        static void Refuse(string message, KanFunctions[] functions, int coefficients) =>
            Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(() => PackedKan.Pack(functions, new float[coefficients], 3, 2)).Message, StringComparison.Ordinal);
    }
}

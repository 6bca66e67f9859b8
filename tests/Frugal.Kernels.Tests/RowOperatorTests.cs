using CsCheck;

namespace Frugal.Kernels.Tests;

/// <summary>What holds for every layer that makes features of its inputs and weighs them: the tests run once a layer, each path forced in turn.</summary>
public abstract class RowOperatorTests
{
    private protected abstract IRowCase Case(int inFeatures, int outFeatures, int seed);

    [Theory, ClassData(typeof(Levels))]
    public void Every_path_agrees_with_scalar_loops_in_double_precision(SimdLevel level)
    {
        using var one = new KernelPool(1) { Level = level };
        using var three = new KernelPool(3) { Level = level };
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 45], Gen.Int[1, 60], Gen.Int[0, int.MaxValue], Gen.Bool).Sample(
            (rows, inFeatures, outFeatures, seed, threaded) =>
            {
                var layer = Case(inFeatures, outFeatures, seed);
                var input = layer.Inputs(rows);
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
                foreach (var atEnd in new[] { false, true })
                {
                    var layer = Case(size, 70 - size, seed: size);
                    var input = layer.Inputs(rows);
                    var from = atEnd ? inputs.AtEnd(input.Length) : inputs.AtStart(input.Length);
                    var to = atEnd ? outputs.AtEnd(rows * (70 - size)) : outputs.AtStart(rows * (70 - size));
                    input.CopyTo(from);
                    layer.Pack().Run(from, rows, to, pool);
                    layer.RequireCorrect(input.AsSpan(0, size), to[..(70 - size)]);
                }
    }

    [Theory, ClassData(typeof(Levels))]
    public void NaN_stays_in_its_row(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        var layer = Case(20, 30, seed: 1);
        var packed = layer.Pack();
        foreach (var rows in new[] { 1, 3, 40 })
            for (var column = 0; column < 20; column += 3)
            {
                var input = layer.Inputs(rows);
                input[rows / 2 * 20 + column] = float.NaN;
                var output = new float[rows * 30];
                packed.Run(input, rows, output, pool);
                for (var i = 0; i < output.Length; i++)
                    Assert.Equal(i / 30 == rows / 2, float.IsNaN(output[i]));
            }
    }
}

namespace Frugal.Kernels.Tests;

public class GuardPageTests
{
    [Theory, ClassData(typeof(Levels))]
    public void No_path_touches_memory_beside_its_spans(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        using var inputs = new GuardedMemory(70 * 131 * sizeof(float));
        using var outputs = new GuardedMemory(70 * 131 * sizeof(float));
        using var residuals = new GuardedMemory(70 * 131 * sizeof(float));
        using var biases = new GuardedMemory(131 * sizeof(float));
        foreach (var form in PackedForm.All)
            foreach (var rows in new[] { 1, 2, 5, 9, 17, 65 })
                for (var length = 1; length <= 130; length += rows == 1 ? 1 : 7)
                {
                    // The length is that of the inputs in one round and of the outputs in the next.
                    var (inFeatures, outFeatures) = length % 2 == 0 ? (length, 1 + length % 19) : (1 + length % 19, length);
                    var random = new LinearCase(rows, outFeatures, inFeatures, density: 0.5, form.BlockHeight, seed: length);
                    var layer = form.Pack(random.Weight, outFeatures, inFeatures);
                    var coded = form.Coded(random, layer);
                    Check(random, coded, layer, pool, inputs.AtEnd(rows * inFeatures), outputs.AtEnd(rows * outFeatures), residuals.AtEnd(rows * outFeatures), biases.AtEnd(outFeatures));
                    Check(random, coded, layer, pool, inputs.AtStart(rows * inFeatures), outputs.AtStart(rows * outFeatures), residuals.AtStart(rows * outFeatures), biases.AtStart(outFeatures));
                }
    }

    [Theory, ClassData(typeof(Levels))]
    public void No_path_of_a_layer_of_several_factors_touches_memory_beside_its_spans(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        using var inputs = new GuardedMemory(40 * 90 * sizeof(float));
        using var outputs = new GuardedMemory(40 * 90 * sizeof(float));
        foreach (var layer in OfSeveralFactors())
            foreach (var rows in new[] { 1, 2, 9, 40 })
            {
                var random = new LinearCase(rows, layer.OutFeatures, layer.InFeatures, density: 0, blockHeight: 1, seed: rows);
                Check(random, layer, pool, inputs.AtEnd(random.Input.Length), outputs.AtEnd(random.Residual.Length));
                Check(random, layer, pool, inputs.AtStart(random.Input.Length), outputs.AtStart(random.Residual.Length));
            }
    }

    private static IEnumerable<IPackedLinear> OfSeveralFactors()
    {
        foreach (var (inFeatures, outFeatures, blocks) in new[] { (1, 1, 1), (30, 14, 4), (67, 90, 3), (90, 67, 8), (64, 64, 4) })
            yield return new MonarchCase(inFeatures, outFeatures, blocks, seed: 1).Pack();
        for (var seed = 1; seed <= 8; seed++)
            yield return MpoCase.Random(cores: 2, seed).Pack();
        yield return new MpoCase([8, 8], [8, 8], [2], seed: 1).Pack();
        yield return new MpoCase([2, 4, 4], [4, 4, 4], [2, 3], seed: 1).Pack();
    }

    private static void Check(LinearCase random, IPackedLinear layer, KernelPool pool, Span<float> input, Span<float> output)
    {
        random.Input.CopyTo(input);
        layer.Run(input, random.Rows, output, default, pool);
        Assert.Equal(random.Run(layer, pool), output.ToArray());
    }

    private static void Check(
        LinearCase random, LinearCase coded, IPackedLinear layer, KernelPool pool, Span<float> input, Span<float> output, Span<float> residual, Span<float> bias)
    {
        random.Input.CopyTo(input);
        random.Residual.CopyTo(residual);
        random.Bias.CopyTo(bias);
        layer.Run(input, random.Rows, output, new() { Bias = bias, Residual = residual, Activation = Activation.GeluTanh }, pool);
        coded.RequireCorrect(output, Parts.Bias | Parts.Residual, Activation.GeluTanh);
    }
}

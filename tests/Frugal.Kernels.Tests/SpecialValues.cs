namespace Frugal.Kernels.Tests;

/// <summary>Infinities and NaN among the inputs of layers that multiply all of them.</summary>
internal static class SpecialValues
{
    /// <summary>Requires that one in a row of the input reaches all outputs of that row, and none of another.</summary>
    public static void RequireInTheirRowAlone(IPackedLinear layer, SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var rows in new[] { 1, 3, 4, 7, 30, 66 })
            foreach (var special in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
            {
                var random = new LinearCase(rows, layer.OutFeatures, layer.InFeatures, density: 0, blockHeight: 1, seed: rows);
                var bad = rows / 2;
                random.Input[(bad + 1) * layer.InFeatures - 1] = special;
                var output = random.Run(layer, pool);
                for (var i = 0; i < output.Length; i++)
                    Assert.Equal(i / layer.OutFeatures != bad, float.IsFinite(output[i]));
            }
    }
}

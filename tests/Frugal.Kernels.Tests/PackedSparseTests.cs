namespace Frugal.Kernels.Tests;

public class PackedSparseTests : SparseLinearTests
{
    private protected override PackedForm Form => PackedForm.Sparse;

    /// <summary>The form for one row takes 32 inputs at a time: layers around multiples of that, with runs of weights and gaps between them.</summary>
    [Theory, ClassData(typeof(Levels))]
    public void Windows_of_inputs_cover_every_weight(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var inFeatures in new[] { 31, 32, 33, 63, 64, 65, 200 })
            foreach (var outFeatures in new[] { 1, 15, 16, 17, 40 })
                for (var seed = 0; seed < 20; seed++)
                {
                    var random = new LinearCase(rows: 1 + seed % 3, outFeatures, inFeatures, density: 1, Form.BlockHeight, seed);
                    var gaps = new Random(seed);
                    for (var o = 0; o < outFeatures; o++)
                        for (var i = 0; i < inFeatures; i += 1 + gaps.Next(40))
                            for (var gap = gaps.Next(60); gap > 0 && i < inFeatures; gap--, i++)
                                random.Weight[o * inFeatures + i] = 0;
                    random.RequireCorrect(random.Run(Form.Pack(random.Weight, outFeatures, inFeatures), pool));
                }
    }

    /// <summary>An empty lane of a window still fetches an input, which must not count.</summary>
    [Theory, ClassData(typeof(Levels))]
    public void Empty_lanes_let_nothing_through(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        var weight = new float[16 * 64];
        for (var o = 0; o < 16; o += 2)
            weight[o * 64 + 3 * o] = 1;
        var input = Enumerable.Repeat(float.NaN, 64).ToArray();
        for (var o = 0; o < 16; o += 2)
            input[3 * o] = o;
        var output = new float[16];
        Form.Pack(weight, 16, 64).Run(input, 1, output, default, pool);
        Assert.Equal(Enumerable.Range(0, 16).Select(o => o % 2 == 0 ? o : 0f), output);
    }
}

namespace Frugal.Kernels.Tests;

public class PackedChainTests
{
    [Theory, ClassData(typeof(Levels))]
    public void Gives_what_its_operators_give_one_by_one(SimdLevel level)
    {
        using var pool = new KernelPool(2) { Level = level };
        foreach (var rows in new[] { 1, 3, 63, 64, 65, 300 })
        {
            // Wide enough between the layers for 300 rows to be taken in blocks.
            var (norm, first, second) = Operators(inFeatures: 20, middle: 2100, outFeatures: 7);
            var random = new LinearCase(rows, 7, 20, density: 0, blockHeight: 1, seed: rows);
            float[] a = new float[rows * 20], b = new float[rows * 2100], expected = new float[rows * 7], output = new float[rows * 7];
            norm.Run(random.Input, rows, a, pool);
            first.Run(a, rows, b, pool);
            second.Run(b, rows, expected, pool);
            new PackedChain([norm, first, second]).Run(random.Input, rows, output, pool);
            for (var i = 0; i < output.Length; i++)
                // Another number of rows may add in another order.
                Assert.Equal(expected[i], output[i], 1e-3 * (1 + Math.Abs(expected[i])));
        }
    }

    [Theory, ClassData(typeof(Levels))]
    public void No_path_touches_memory_beside_its_spans(SimdLevel level)
    {
        using var pool = new KernelPool(1) { Level = level };
        using var inputs = new GuardedMemory(5 * 20 * sizeof(float));
        using var outputs = new GuardedMemory(5 * 7 * sizeof(float));
        var (norm, first, second) = Operators(20, 33, 7);
        var chain = new PackedChain([norm, first, second]);
        var random = new LinearCase(rows: 5, 7, 20, density: 0, blockHeight: 1, seed: 1);
        var expected = new float[5 * 7];
        chain.Run(random.Input, 5, expected, pool);
        random.Input.CopyTo(inputs.AtEnd(5 * 20));
        chain.Run(inputs.AtEnd(5 * 20), 5, outputs.AtEnd(5 * 7), pool);
        Assert.Equal(expected, outputs.AtEnd(5 * 7).ToArray());
        random.Input.CopyTo(inputs.AtStart(5 * 20));
        chain.Run(inputs.AtStart(5 * 20), 5, outputs.AtStart(5 * 7), pool);
        Assert.Equal(expected, outputs.AtStart(5 * 7).ToArray());
    }

    [Fact]
    public void One_operator_is_a_chain()
    {
        using var pool = new KernelPool(1);
        var (norm, _, _) = Operators(20, 33, 7);
        var random = new LinearCase(rows: 2, 20, 20, density: 0, blockHeight: 1, seed: 1);
        float[] expected = new float[40], output = new float[40];
        norm.Run(random.Input, 2, expected, pool);
        new PackedChain([norm]).Run(random.Input, 2, output, pool);
        Assert.Equal(expected, output);
    }

    [Fact]
    public void Operators_that_do_not_fit_each_other_are_refused()
    {
        var (norm, first, second) = Operators(20, 33, 7);
        Assert.Throws<ArgumentException>(() => new PackedChain([]));
        Assert.Contains("takes 33 columns, and the one before gives 20", Assert.Throws<ArgumentException>(() => new PackedChain([norm, second])).Message);
        Assert.Throws<ArgumentException>(() => new LinearOperator(PackedSparse.Pack(new float[6], 2, 3), bias: new float[3]));
        using var pool = new KernelPool(1);
        var chain = new PackedChain([norm, first, second]);
        Assert.Equal((20, 7), (chain.InFeatures, chain.OutFeatures));
        Assert.Throws<ArgumentException>(() => chain.Run(new float[19], 1, new float[7], pool));
        Assert.Throws<ArgumentException>(() => chain.Run(new float[20], 1, new float[8], pool));
        Assert.Throws<ArgumentNullException>(() => chain.Run(new float[20], 1, new float[7], null!));
        chain.Run([], 0, [], pool);
    }

    private static (LayerNormOperator Norm, LinearOperator First, LinearOperator Second) Operators(int inFeatures, int middle, int outFeatures)
    {
        var first = new LinearCase(rows: 1, middle, inFeatures, density: 0.3, blockHeight: 1, seed: 1);
        var second = new LinearCase(rows: 1, outFeatures, middle, density: 0.3, blockHeight: 4, seed: 2);
        return (
            new(first.Input, [], 1e-6f),
            new(PackedSparse.Pack(first.Weight, middle, inFeatures), first.Bias, Activation.Gelu),
            new(PackedBlockSparse.Pack(second.Weight, outFeatures, middle, 4), second.Bias));
    }
}

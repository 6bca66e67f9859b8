namespace Frugal.Kernels.Tests;

/// <summary>A random matrix product operator, and what a scalar loop over its dense weight makes of inputs.</summary>
internal sealed class MpoCase
{
    private readonly int[] _outDims, _inDims, _bonds;

    public MpoCase(int[] outDims, int[] inDims, int[] innerBonds, int seed, int? outFeatures = null, int? inFeatures = null)
    {
        (_outDims, _inDims, _bonds) = (outDims, inDims, [1, .. innerBonds, 1]);
        OutFeatures = outFeatures ?? outDims.Aggregate(1, (product, size) => product * size);
        InFeatures = inFeatures ?? inDims.Aggregate(1, (product, size) => product * size);
        var random = new Random(seed);
        Cores = [.. Enumerable.Range(0, outDims.Length).Select(k => Enumerable.Range(0, _bonds[k] * outDims[k] * inDims[k] * _bonds[k + 1]).Select(_ => 2 * random.NextSingle() - 1).ToArray())];
    }

    public int OutFeatures { get; }

    public int InFeatures { get; }

    public float[][] Cores { get; }

    public static MpoCase Random(int cores, int seed)
    {
        var random = new Random(seed);
        int[] Sizes(int count, int most) => [.. Enumerable.Range(0, count).Select(_ => random.Next(1, most + 1))];
        var (outDims, inDims) = (Sizes(cores, cores > 3 ? 3 : 7), Sizes(cores, cores > 3 ? 3 : 7));
        int Cut(int[] sizes) => sizes.Aggregate(1, (product, size) => product * size) - random.Next(0, sizes[^1]);
        return new(outDims, inDims, Sizes(cores - 1, 6), seed, Cut(outDims), Cut(inDims));
    }

    public PackedMpo Pack() => PackedMpo.Pack(Cores, _outDims, _inDims, _bonds, OutFeatures, InFeatures);

    /// <summary>The weight <c>[out, in]</c>: for each pair of positions a product of matrices.</summary>
    public double[] Dense() => [.. from output in Enumerable.Range(0, OutFeatures) from input in Enumerable.Range(0, InFeatures) select Weight(output, input)];

    /// <summary>Outputs of a row.</summary>
    public static double[] Expected(double[] dense, ReadOnlySpan<float> row)
    {
        var outputs = new double[dense.Length / row.Length];
        for (var o = 0; o < outputs.Length; o++)
            for (var i = 0; i < row.Length; i++)
                outputs[o] += dense[o * row.Length + i] * row[i];
        return outputs;
    }

    /// <summary>Products of one weight of each core that a weight of the dense layer is the sum of.</summary>
    public double NumPaths() => _bonds.Aggregate(1.0, (product, bond) => product * bond);

    private double Weight(int output, int input)
    {
        var (outputs, inputs) = (Digits(output, _outDims), Digits(input, _inDims));
        double[] state = [1];
        for (var k = 0; k < Cores.Length; k++)
        {
            var next = new double[_bonds[k + 1]];
            for (var a = 0; a < state.Length; a++)
                for (var b = 0; b < next.Length; b++)
                    next[b] += state[a] * Cores[k][((a * _outDims[k] + outputs[k]) * _inDims[k] + inputs[k]) * next.Length + b];
            state = next;
        }
        return state[0];
    }

    private static int[] Digits(int number, int[] sizes)
    {
        var digits = new int[sizes.Length];
        for (var k = sizes.Length - 1; k >= 0; k--, number /= sizes[k + 1])
            digits[k] = number % sizes[k];
        return digits;
    }
}

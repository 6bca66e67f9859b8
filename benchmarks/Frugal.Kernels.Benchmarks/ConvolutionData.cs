namespace Frugal.Kernels.Benchmarks;

/// <summary>A convolution of 3 x 3 with its inputs and weights, from fixed seeds.</summary>
internal sealed class ConvolutionData(int channels, int size, int batch)
{
    private const int Kernel = 3;

    public int Channels => channels;

    public int Size => size;

    public int Batch => batch;

    public ConvolutionShape Shape { get; } = new(channels, Kernel, Kernel) { PaddingHeight = 1, PaddingWidth = 1 };

    /// <summary><c>[batch, channels, size, size]</c>.</summary>
    public float[] Input { get; } = Values(batch * channels * size * size, seed: 1);

    /// <summary><c>[channels]</c>.</summary>
    public float[] Bias { get; } = Values(channels, seed: 2);

    public long Macs => (long)batch * size * size * channels * Shape.InFeatures;

    /// <summary><c>[out, in, 3, 3]</c>, with as many weights as the density says in blocks of neighbouring outputs.</summary>
    public float[] Weight(double density, int height)
    {
        var weight = Values(channels * Shape.InFeatures, seed: 3);
        var random = new Random(4);
        for (var output = 0; output < channels; output += height)
            for (var input = 0; input < Shape.InFeatures; input++)
                if (random.NextDouble() >= density)
                    for (var row = output; row < Math.Min(output + height, channels); row++)
                        weight[row * Shape.InFeatures + input] = 0;
        return weight;
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle() - 1) / 16)];
    }
}

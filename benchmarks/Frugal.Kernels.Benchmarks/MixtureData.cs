namespace Frugal.Kernels.Benchmarks;

/// <summary>A mixture of feed-forward experts, inputs and the router's choice of one expert a row, from fixed seeds.</summary>
internal sealed class MixtureData
{
    public const int Experts = 8;

    public MixtureData(int dim, int hiddenDim, int rows)
    {
        (Dim, HiddenDim, Rows) = (dim, hiddenDim, rows);
        Input = Values(rows * dim, seed: 1);
        Up = [.. Enumerable.Range(0, Experts).Select(expert => Values(hiddenDim * dim, seed: 10 + expert))];
        Down = [.. Enumerable.Range(0, Experts).Select(expert => Values(dim * hiddenDim, seed: 30 + expert))];
        var random = new Random(5);
        Chosen = [.. Enumerable.Range(0, rows).Select(_ => random.Next(Experts))];
    }

    public int Dim { get; }

    public int HiddenDim { get; }

    public int Rows { get; }

    public float[] Input { get; }

    /// <summary>First layers, <c>[hidden, dim]</c> each.</summary>
    public float[][] Up { get; }

    /// <summary>Second layers, <c>[dim, hidden]</c> each.</summary>
    public float[][] Down { get; }

    /// <summary>The expert of each row.</summary>
    public int[] Chosen { get; }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle() - 1) / 16)];
    }
}

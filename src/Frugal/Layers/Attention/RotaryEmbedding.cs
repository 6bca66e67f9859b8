using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Rotary position embedding (Su et al. 2021, arXiv 2104.09864): each pair of features of a query or key turns by an angle in proportion to its position, so that their product depends on
/// the distance alone. Pairs are feature k and k + width/2, as in LLaMA's published weights.
/// </summary>
public sealed class RotaryEmbedding
{
    private readonly double[] frequencies;

    /// <param name="headDim">Width of a head; even.</param>
    /// <param name="theta">Base of the frequencies.</param>
    /// <param name="scaling">Stretching for longer sequences, or null.</param>
    /// <exception cref="FrugalException">The width is odd.</exception>
    public RotaryEmbedding(long headDim, double theta = 10_000, RotaryScaling? scaling = null)
    {
        if (headDim < 2 || headDim % 2 != 0)
            throw new FrugalException($"rotary embedding: the width of a head must be even, got {headDim}");
        Guard.Positive(theta, nameof(theta));
        frequencies = [.. Enumerable.Range(0, (int)(headDim / 2)).Select(k => Math.Pow(theta, -2.0 * k / headDim)).Select(frequency => scaling?.Apply(frequency) ?? frequency)];
    }

    /// <summary>Radians a token of each pair, <c>[width / 2]</c>.</summary>
    public IReadOnlyList<double> Frequencies => frequencies;

    /// <summary>Cosines and sines for consecutive positions, each <c>[tokens, width]</c>.</summary>
    /// <param name="first">Position of the first token.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="type">Element type.</param>
    /// <param name="device">Where.</param>
    public (Tensor Cosines, Tensor Sines) Tables(long first, long tokens, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        var angles = outer(arange(first, first + tokens, float64), tensor(frequencies, float64));
        var both = cat([angles, angles], -1);
        return (both.cos().to(type, device).MoveToOuterDisposeScope(), both.sin().to(type, device).MoveToOuterDisposeScope());
    }

    /// <summary>Cosines and sines for positions that differ from sequence to sequence, each <c>[batch, 1, tokens, width]</c>.</summary>
    /// <param name="positions"><c>[batch, tokens]</c>.</param>
    /// <param name="type">Element type.</param>
    public (Tensor Cosines, Tensor Sines) TablesAt(Tensor positions, ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(positions);
        using var scope = NewDisposeScope();
        var angles = positions.to(float64).unsqueeze(-1) * tensor(frequencies, float64, positions.device);
        var both = cat([angles, angles], -1).unsqueeze(1);
        return (both.cos().to(type).MoveToOuterDisposeScope(), both.sin().to(type).MoveToOuterDisposeScope());
    }

    /// <summary>Turns queries or keys.</summary>
    /// <param name="heads"><c>[…, tokens, width]</c>.</param>
    /// <param name="tables">What <see cref="Tables"/> gave.</param>
    public static Tensor Rotate(Tensor heads, (Tensor Cosines, Tensor Sines) tables)
    {
        ArgumentNullException.ThrowIfNull(heads);
        using var scope = NewDisposeScope();
        var halves = heads.chunk(2, -1);
        return (heads * tables.Cosines + cat([-halves[1], halves[0]], -1) * tables.Sines).MoveToOuterDisposeScope();
    }
}

using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A learned cumulative distribution for each channel, by its logits: a small network of positive weights, so that it rises everywhere (Ballé et al. 2018, appendix 6.1). Widths 1-3-3-3-3-1. Weight names as in
/// CompressAI: <c>matrices.0</c> …, <c>biases.0</c> …, <c>factors.0</c> …
/// </summary>
internal sealed class CumulativeLogits(long channels)
{
    private const double InitialScale = 10;
    private static readonly long[] widths = [1, 3, 3, 3, 3, 1];

    /// <summary>The matrices before their softplus, <c>[channels, out, in]</c>.</summary>
    public ParameterList Matrices { get; } = new([.. Layers.Select(k => Matrix(channels, k))]);

    /// <summary>The biases, <c>[channels, out, 1]</c>.</summary>
    public ParameterList Biases { get; } = new([.. Layers.Select(k => Parameter(() => rand(channels, widths[k + 1], 1) - 0.5))]);

    /// <summary>The factors of the gates before their tanh, <c>[channels, out, 1]</c>.</summary>
    public ParameterList Factors { get; } = new([.. Layers.SkipLast(1).Select(k => Parameter(() => zeros(channels, widths[k + 1], 1)))]);

    private static IEnumerable<int> Layers => Enumerable.Range(0, widths.Length - 1);

    /// <summary>Logits of the cumulative distributions at some values.</summary>
    /// <param name="values"><c>[channels, 1, count]</c>.</param>
    /// <param name="isFrozen">True to give no gradient to the network's own weights.</param>
    public Tensor At(Tensor values, bool isFrozen = false)
    {
        var hidden = values;
        foreach (int k in Layers)
        {
            hidden = matmul(functional.softplus(Own(Matrices[k])), hidden) + Own(Biases[k]);
            if (k < Factors.Count)
                hidden = hidden + Own(Factors[k]).tanh() * hidden.tanh();
        }
        return hidden;

        Tensor Own(Tensor weight) => isFrozen ? weight.detach() : weight;
    }

    /// <summary>Probability of the interval of length 1 around each value, of the values' shape <c>[channels, 1, count]</c>.</summary>
    public Tensor Likelihood(Tensor values) => (At(values + 0.5).sigmoid() - At(values - 0.5).sigmoid()).abs();

    private static Parameter Matrix(long channels, int k)
    {
        double scale = Math.Pow(InitialScale, 1.0 / (widths.Length - 1));
        double start = Math.Log(Math.Exp(1 / (scale * widths[k + 1])) - 1);
        return Parameter(() => full([channels, widths[k + 1], widths[k]], start));
    }

    private static Parameter Parameter(Func<Tensor> values)
    {
        using var scope = NewDisposeScope();
        return DenseLayer.ParameterOf(values());
    }
}

using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>The layers of single families as the authors' code has them: with norms over all inputs or outputs, which functions of single inputs that can be chosen must not have.</summary>
internal static class PublishedKan
{
    /// <summary>A layer of the pool's only family: splines with a factor of each edge, radial functions behind a layer norm, polynomials of Chebyshev alone, wavelets before a batch norm, and so on.</summary>
    public static Module<Tensor, Tensor> Of(long inputs, long outputs, KanOptions options)
    {
        KanLinear Layer(bool hasBase = true, bool hasScaler = false) => new(inputs, outputs, options with { HasBase = hasBase, HasScaler = hasScaler });
        return options.Pool![0] switch
        {
            KanFamily.Bspline => Layer(hasScaler: true),
            KanFamily.Rbf => Sequential(("norm", LayerNorm(inputs)), ("kan", Layer())),
            KanFamily.Chebyshev => Layer(hasBase: false),
            KanFamily.Wavelet => Sequential(("kan", Layer()), ("norm", BatchNorm1d(outputs))),
            KanFamily.Jacobi => Sequential(("kan", Layer()), ("norm", LayerNorm(outputs)), ("act", SiLU())),
            KanFamily.Rswaf => Sequential(("norm", LayerNorm(inputs)), ("kan", Layer(hasBase: false))),
            _ => Layer(hasBase: false),
        };
    }
}

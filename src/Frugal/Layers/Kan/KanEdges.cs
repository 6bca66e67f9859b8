using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>What the edges of a Kolmogorov-Arnold layer compute together: all families that are linear in their coefficients as one product of basis values and weights, wavelets edge by edge.</summary>
internal sealed class KanEdges(KanLayer layer, KanParameters own)
{
    private const double LeastWaveletScale = 0.05;

    /// <summary>Rows, <c>[rows, inputs]</c> to <c>[rows, outputs]</c>, without the bias.</summary>
    public Tensor OfRows(Tensor rows) => OfRows(rows, layer.Pool, layer.HasBase, FreeGates());

    /// <summary>An image that is padded already, by its windows.</summary>
    public Tensor OfImage(Tensor image, KanWindow window)
    {
        var gates = FreeGates();
        List<Tensor> maps = [], kernels = [];
        if (layer.HasBase)
        {
            maps.Add(functional.silu(image));
            kernels.Add(window.Kernel(own["base_weight"].unsqueeze(-1)));
        }
        foreach (var family in layer.Pool.Where(KanBasis.IsShared))
        {
            maps.Add(layer.Basis.Values(family, image, own.Others(family)).permute(0, 1, 4, 2, 3).flatten(1, 2));
            kernels.Add(window.Kernel(AtAllInputs(family, gates)));
        }
        var sum = maps.Count == 0 ? null : window.Convolve(cat(maps, 1), cat(kernels, 1));
        // Functions that differ from place to place of the window need the windows themselves.
        var others = layer.Pool.Where(family => !KanBasis.IsShared(family)).ToList();
        return others.Count == 0 ? sum! : Sum(sum, window.Image(OfRows(window.Rows(image), others, withBase: false, gates), image))!;
    }

    private Tensor OfRows(Tensor rows, IReadOnlyList<KanFamily> families, bool withBase, Tensor? gates)
    {
        List<Tensor> columns = [], weights = [];
        if (withBase)
        {
            columns.Add(functional.silu(rows));
            weights.Add(own["base_weight"]);
        }
        Tensor? wavelets = null;
        foreach (var family in families)
        {
            var inputs = layer.Families is null ? rows : rows.index_select(1, own.Nodes(family));
            if (family == KanFamily.Wavelet)
            {
                wavelets = (KanMath.Wavelets(inputs, own["wav_translation"], WaveletScale(), layer.Wavelet) * Weighted(family, gates)).sum(-1);
                continue;
            }
            columns.Add(layer.Basis.Values(family, inputs, own.Others(family)).flatten(1));
            weights.Add(Weighted(family, gates).flatten(1));
        }
        return Sum(columns.Count == 0 ? null : functional.linear(cat(columns, 1), cat(weights, 1)), wavelets)!;
    }

    // Coefficients with factors and α in them.
    private Tensor Weighted(KanFamily family, Tensor? gates) =>
        gates is null ? own.Scaled(family) : KanNodes.Times(own.Scaled(family), gates.select(1, layer.PlaceOf(family)));

    // α, or null where the coefficients have it in them.
    private Tensor? FreeGates() => layer.Families is null ? layer.Gates() : null;

    // Coefficients of some inputs at their places among all, with 0 for the others.
    private Tensor AtAllInputs(KanFamily family, Tensor? gates)
    {
        var weighted = Weighted(family, gates);
        return layer.Families is null ? weighted : cat([weighted, zeros_like(weighted.narrow(1, 0, 1))], 1).index_select(1, own.Places(family));
    }

    // In training the stored scale itself is kept above the least, so that its gradient does not vanish.
    private Tensor WaveletScale()
    {
        var scale = own["wav_scale"];
        if (!layer.training)
            return scale.clamp_min(LeastWaveletScale);
        using (no_grad())
            if (scale.lt(LeastWaveletScale).any().item<bool>())
                scale.clamp_(min: LeastWaveletScale);
        return scale;
    }

    private static Tensor? Sum(Tensor? a, Tensor? b) => a is null ? b : b is null ? a : a + b;
}

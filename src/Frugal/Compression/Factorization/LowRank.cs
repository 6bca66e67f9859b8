using Frugal.Layers;
using Frugal.Layers.Surgery;
using TorchSharp.Modules;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression;

/// <summary>Low-rank factorization for people with a training loop of their own; the step <see cref="LowRankFactorization"/> calls it.</summary>
public static class LowRank
{
    /// <summary>
    /// Replaces linear layers and convolutions by two thin ones each, from the truncated singular value decomposition of their weights. A convolution's weight is the matrix
    /// <c>[out, in · height · width]</c>. Layers that would not shrink stay as they are; convolutions with groups, or padded otherwise than with zeros, do not take part.
    /// </summary>
    /// <param name="model">The network.</param>
    /// <param name="rule">How the ranks are found.</param>
    /// <param name="layers">Which layers; null for all.</param>
    /// <param name="note">Told of each layer that would not shrink.</param>
    /// <returns>Paths of the layers that were replaced.</returns>
    /// <exception cref="FrugalException">A rank is above a layer's full rank, no layer is chosen, or one cannot be replaced; the network is as before.</exception>
    public static IReadOnlyList<string> Factorize(Module model, RankRule rule, LayerSelection? layers = null, Action<string>? note = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rule);
        var chosen = (layers ?? LayerSelection.All).Of<Module>(model, layer => layer is Linear || layer is Conv2d convolution && LowRankConv2d.Fits(convolution));
        return Replacement.OfAll(model, chosen, layer =>
        {
            var weight = (layer.Layer is Linear linear ? linear.weight : ((Conv2d)layer.Layer).weight).flatten(1);
            long rank = rule.RankFor(layer.Path, weight), saving = LowRankMath.LargestSavingRank(weight.shape[0], weight.shape[1]);
            if (rank <= saving)
                return layer.Layer is Linear dense ? LowRankLinear.Of(dense, rank) : LowRankConv2d.Of((Conv2d)layer.Layer, rank);
            note?.Invoke($"'{layer.Path}' stays as it is: two factors of rank {rank} are no smaller than its {weight.shape[0]}x{weight.shape[1]} weight, whose largest rank that saves is {saving}");
            return null;
        });
    }
}

using Frugal.Layers;
using Frugal.Layers.Surgery;
using TorchSharp.Modules;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression;

/// <summary>Low-rank factorization for people with a training loop of their own; the steps <see cref="LowRankFactorization"/> and <see cref="LowRankToDense"/> call it.</summary>
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
        return Factorize(model, rule, (layers ?? LayerSelection.All).Of<Module>(model, Fits), note);
    }

    /// <summary>The same for layers that were chosen already.</summary>
    internal static IReadOnlyList<string> Factorize(Module model, RankRule rule, IReadOnlyList<SelectedLayer<Module>> chosen, Action<string>? note) =>
        Replacement.OfAll(model, chosen, layer =>
        {
            var weight = (layer.Layer is Linear linear ? linear.weight : ((Conv2d)layer.Layer).weight).flatten(1);
            long rank = rule.RankFor(layer.Path, weight), saving = LowRankMath.LargestSavingRank(weight.shape[0], weight.shape[1]);
            if (rank <= saving)
                return layer.Layer is Linear dense ? LowRankLinear.Of(dense, rank) : LowRankConv2d.Of((Conv2d)layer.Layer, rank);
            note?.Invoke($"'{layer.Path}' stays as it is: two factors of rank {rank} are no smaller than its {weight.shape[0]}x{weight.shape[1]} weight, whose largest rank that saves is {saving}");
            return null;
        });

    /// <summary>Replaces layers of low rank by the dense ones that compute the same.</summary>
    /// <param name="model">The network.</param>
    /// <param name="layers">Which layers; null for all.</param>
    /// <param name="onlyWhereSmaller">True for those alone whose factors hold more numbers than the dense weight.</param>
    /// <returns>Paths of the layers that were replaced.</returns>
    /// <exception cref="FrugalException">The network has no layer of low rank, or one cannot be replaced; the network is as before.</exception>
    public static IReadOnlyList<string> ToDense(Module model, LayerSelection? layers = null, bool onlyWhereSmaller = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        var chosen = (layers ?? LayerSelection.All).Of<Module>(model, layer => layer is LowRankLinear or LowRankConv2d);
        return Replacement.OfAll(model, chosen, layer =>
        {
            var factored = (IFactored)layer.Layer;
            return onlyWhereSmaller && factored.FactorNumbers <= factored.DenseWeight().numel() ? null : factored.ToDense();
        });
    }

    /// <summary>Gives layers of low rank fresh weights, as new linear layers have them.</summary>
    internal static void Initialize(Module model, IReadOnlyList<string> paths, RandomStreams random, long counter)
    {
        for (int i = 0; i < paths.Count; i++)
        {
            using var generator = random.TorchAt("low-rank", counter, i);
            FreshWeights.Draw(ModuleSurgery.Find(model, paths[i]), generator);
        }
    }

    private static bool Fits(Module layer) => layer is Linear || layer is Conv2d convolution && LowRankConv2d.Fits(convolution);
}

using Frugal.Layers;
using Frugal.Layers.Surgery;
using TorchSharp;
using TorchSharp.Modules;
using static System.FormattableString;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression;

/// <summary>
/// Monarch layers for people with a training loop of their own (Dao et al. 2022); the steps <see cref="MonarchFactorization"/> and <see cref="MonarchToDense"/> call it.
/// Layers that would not shrink stay as they are.
/// </summary>
public static class Monarch
{
    /// <summary>Replaces linear layers by the nearest Monarch layers (section 3.3); fine-tune afterwards.</summary>
    /// <param name="model">The network.</param>
    /// <param name="numBlocks">Blocks of each factor.</param>
    /// <param name="layers">Which layers; null for all.</param>
    /// <param name="note">Told how much of each weight is kept, and which layers stay as they are.</param>
    /// <returns>Paths of the layers that were replaced.</returns>
    /// <exception cref="FrugalException">No layer is chosen, or one cannot be replaced; the network is as before.</exception>
    public static IReadOnlyList<string> Project(Module model, int numBlocks = 4, LayerSelection? layers = null, Action<string>? note = null) =>
        Replace(model, numBlocks, layers, note, (chosen, _) =>
        {
            var weight = chosen.Layer.weight!;
            var monarch = MonarchLinear.Project(weight, chosen.Layer.bias, numBlocks);
            double kept = 1 - (weight - monarch.DenseWeight()).square().sum().ToDouble() / Math.Max(weight.square().sum().ToDouble(), double.Epsilon);
            note?.Invoke(Invariant($"'{chosen.Path}' keeps {100 * kept:0.0} % of the sum of its squared weights"));
            return monarch;
        }).Settle();

    /// <summary>Replaces linear layers by Monarch layers with fresh weights, for training from scratch.</summary>
    /// <param name="model">The network.</param>
    /// <param name="numBlocks">Blocks of each factor.</param>
    /// <param name="random">Where the weights come from.</param>
    /// <param name="counter">Number under which they are drawn; another number gives other weights.</param>
    /// <param name="layers">Which layers; null for all.</param>
    /// <param name="note">Told which layers stay as they are.</param>
    /// <returns>Paths of the layers that were replaced.</returns>
    /// <exception cref="FrugalException">No layer is chosen, or one cannot be replaced; the network is as before.</exception>
    public static IReadOnlyList<string> Initialize(
        Module model, int numBlocks, RandomStreams random, long counter = 0, LayerSelection? layers = null, Action<string>? note = null) =>
        Begin(model, numBlocks, random, counter, layers, note).Settle();

    /// <summary>The same, so that it can still be undone.</summary>
    internal static LayerExchange Begin(Module model, int numBlocks, RandomStreams random, long counter, LayerSelection? layers, Action<string>? note)
    {
        ArgumentNullException.ThrowIfNull(random);
        return Replace(model, numBlocks, layers, note, (chosen, index) =>
        {
            using var generator = random.TorchAt("monarch", counter, index);
            var (path, linear) = chosen;
            return MonarchLinear.Create(linear.in_features, linear.out_features, numBlocks, linear.bias is not null, generator);
        });
    }

    /// <summary>Replaces Monarch layers by the dense ones that compute the same: reverse sparsification (section 4).</summary>
    /// <param name="model">The network.</param>
    /// <param name="layers">Which layers; null for all.</param>
    /// <returns>Paths of the layers that were replaced.</returns>
    /// <exception cref="FrugalException">The network has no Monarch layer, or one cannot be replaced; the network is as before.</exception>
    public static IReadOnlyList<string> ToDense(Module model, LayerSelection? layers = null) => Densify(model, layers).Settle();

    /// <summary>The same, so that the old layers live until they are let go.</summary>
    internal static LayerExchange Densify(Module model, LayerSelection? layers) => Replacement.Exchange(
        model, (layers ?? LayerSelection.All).Of<MonarchLinear>(model), monarch => DenseLayer.Linear(monarch.Layer.DenseWeight(), monarch.Layer.Bias));

    private static LayerExchange Replace(
        Module model, int numBlocks, LayerSelection? layers, Action<string>? note, Func<SelectedLayer<Linear>, int, MonarchLinear> make)
    {
        Guard.Between(numBlocks, 1, 65_536, nameof(numBlocks));
        int index = 0;
        return Replacement.Exchange(model, (layers ?? LayerSelection.All).Of<Linear>(model), chosen =>
        {
            var (path, linear) = chosen;
            index++;
            if (MonarchMath.NumParameters(linear.in_features, linear.out_features, numBlocks) < linear.in_features * linear.out_features)
                return make(chosen, index);
            note?.Invoke($"'{path}' stays as it is: factors of {numBlocks} blocks are no smaller than its {linear.out_features}x{linear.in_features} weight");
            return null;
        });
    }
}

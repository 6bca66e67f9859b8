using Frugal.Layers.Surgery;
using Frugal.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary>Sorts the parameters of a model into groups that are updated alike.</summary>
public static class ParameterGroups
{
    /// <summary>
    /// Names that take no weight decay, besides everything with fewer than two axes: biases, the scales and offsets of norms, and the learned positions and tokens of transformers.
    /// </summary>
    public static readonly IReadOnlyList<string> UsuallyNotDecayed = ["*bias*", "*LayerNorm*", "*layer_norm*", "*pos_embed", "*cls_token"];

    /// <summary>Splits by weight decay.</summary>
    /// <param name="parameters">Names and parameters; one that appears under two names is taken once, under the first.</param>
    /// <param name="notDecayed">Names without weight decay, <c>*</c> standing for anything; null for <see cref="UsuallyNotDecayed"/> and whatever has fewer than two axes.</param>
    /// <param name="layerScale">Factor on the learning rate by name; null for 1.</param>
    public static IReadOnlyList<ParameterGroup> Of(
        IEnumerable<(string Name, Parameter Value)> parameters, IReadOnlyList<string>? notDecayed = null, Func<string, double>? layerScale = null)
    {
        var seen = new HashSet<IntPtr>();
        return [.. parameters
            .Where(parameter => seen.Add(parameter.Value.Handle))
            .GroupBy(parameter => (Decays: Decays(parameter.Name, parameter.Value, notDecayed), Scale: layerScale?.Invoke(parameter.Name) ?? 1))
            .Select(group => new ParameterGroup([.. group.Select(parameter => (parameter.Name, (Tensor)parameter.Value))])
            {
                Decays = group.Key.Decays,
                LearningRateScale = group.Key.Scale,
            })];
    }

    /// <summary>Splits a model by weight decay and by layer.</summary>
    /// <param name="model">The model.</param>
    /// <param name="notDecayed">Names without weight decay; null for the usual ones.</param>
    /// <param name="layerDecay">
    /// Factor on the learning rate from each layer group to the one below it, so that the head trains at the full rate (as in BEiT); 1 for none.
    /// </param>
    public static IReadOnlyList<ParameterGroup> Of(Model model, IReadOnlyList<string>? notDecayed = null, double layerDecay = 1) =>
        Of(model.named_parameters(), notDecayed, layerDecay == 1 ? null : name => Math.Pow(layerDecay, model.NumLayerGroups - 1 - model.LayerGroupOf(name)));

    private static bool Decays(string name, Tensor value, IReadOnlyList<string>? notDecayed) => notDecayed is null
        ? value.dim() >= 2 && !UsuallyNotDecayed.Any(pattern => new NamePattern(pattern).Matches(name))
        : !notDecayed.Any(pattern => new NamePattern(pattern).Matches(name));
}

using Frugal.Layers;
using Frugal.Layers.Surgery;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Models;

/// <summary>Finds the non-linearities of feed-forward blocks: what lies between the two linear layers.</summary>
internal static class FeedForwardActivations
{
    /// <summary>Paths of the chosen layers, in the order of the network.</summary>
    /// <param name="model">The network.</param>
    /// <param name="include">Patterns over the paths of layers of any kind; none takes the activations of the feed-forward blocks.</param>
    /// <param name="exclude">Patterns of layers that are left out.</param>
    /// <param name="asker">Who asks, for the message.</param>
    /// <exception cref="FrugalException">A pattern matches nothing, or no layer is left.</exception>
    public static IReadOnlyList<string> Of(Model model, IReadOnlyList<string> include, IReadOnlyList<string> exclude, string asker)
    {
        var chosen = include.Count > 0
            ? [.. new LayerSelection(include, exclude).Of<nn.Module<Tensor, Tensor>>(model).Select(layer => layer.Path)]
            : new LayerSelection(["*"], exclude).Of(In(model), "activation of a feed-forward block", model.GetName());
        return chosen.Count > 0
            ? chosen
            : throw new FrugalException($"{asker} finds no activation of a feed-forward block in {model.GetName()}, that is none behind a linear layer of the same module; name the layers by include");
    }

    /// <summary>Paths of the activations whose input is a linear layer beside them, without those of the model's heads.</summary>
    private static List<string> In(Model model)
    {
        var seen = new HashSet<Module>(ReferenceEqualityComparer.Instance);
        return
        [
            .. ModulePath.Walk(model)
                .Where(layer => IsActivation(layer.Module) && seen.Add(layer.Module) && !model.IsOfHead(layer.Path) && FollowsLinear(ModulePath.Resolve(model, layer.Path).Parent, layer.Module))
                .Select(layer => layer.Path),
        ];
    }

    private static bool IsActivation(Module layer) => layer is TanhGelu or ReLU or ReLU6 or LeakyReLU or GELU or SiLU or Mish or Hardswish or ELU or CELU or SELU or Softplus or Tanh;

    // Norms and what has no weights may lie between. A gated block declares its linear layers before the activation as well.
    private static bool FollowsLinear(Module parent, Module activation) =>
        parent.children().TakeWhile(child => !ReferenceEquals(child, activation)).LastOrDefault(child => child.parameters().Any(weight => weight.dim() > 1)) is { } before
        && before is not Convolution && before.parameters().All(weight => weight.dim() < 4);
}

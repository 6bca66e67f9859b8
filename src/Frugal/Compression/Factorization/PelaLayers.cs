using Frugal.Layers.Surgery;
using TorchSharp.Modules;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression;

/// <summary>The linear layers that PELA factorizes.</summary>
internal static class PelaLayers
{
    /// <summary>The chosen linear layers with enough outputs and none of some words in their paths.</summary>
    public static IReadOnlyList<SelectedLayer<Module>> Of(Module model, LayerSelection layers, IReadOnlyList<string> omit, int leastOutputs) =>
    [
        .. layers.Of<Linear>(model)
            .Where(layer => layer.Layer.out_features >= leastOutputs && !omit.Any(word => layer.Path.Contains(word, StringComparison.Ordinal)))
            .Select(layer => new SelectedLayer<Module>(layer.Path, layer.Layer)),
    ];
}

using Frugal.Layers.Surgery;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression.Pruning;

/// <summary>The kernels of a network's linear and convolution layers.</summary>
internal static class KernelWeights
{
    /// <summary>Those of the chosen layers, first and last included, each once even where layers share it.</summary>
    /// <exception cref="FrugalException">No layer is chosen, or a pattern matches none.</exception>
    public static IReadOnlyList<(string Path, Tensor Weight)> Of(Module model, LayerSelection layers)
    {
        HashSet<nint> seen = [];
        List<(string, Tensor)> kernels = [];
        foreach (var (path, layer) in layers.Of<Module>(model, module => module is Linear or Convolution))
        {
            var weight = layer.get_parameter("weight")!;
            if (seen.Add(weight.Handle))
                kernels.Add((path, weight));
        }
        return kernels.Count > 0 ? kernels : throw new FrugalException($"{model.GetName()} has no linear or convolution layer that could be pruned: look at include and exclude.");
    }
}

using Frugal.Layers.Surgery;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>The modules of a network that can each become one convolution.</summary>
internal static class FusedConvolutions
{
    /// <summary>The outermost ones, in the order of the network, each once.</summary>
    public static IReadOnlyList<(string Path, IFusedConvolution Convolution)> In(Module root)
    {
        var found = ModulePath.Walk(root).Where(module => module.Module is IFusedConvolution).Select(module => (module.Path, Convolution: (IFusedConvolution)module.Module)).DistinctBy(module => module.Convolution).ToList();
        return [.. found.Where(module => !found.Any(other => DottedPath.IsBelow(module.Path, other.Path)))];
    }
}

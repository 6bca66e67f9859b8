using Frugal.Graphs;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Surgery;

/// <summary>The activation layer that alone takes what a layer hands out.</summary>
internal static class FollowingActivation
{
    /// <summary>Path of the activation layer behind a layer, or null where something else takes the output, or several do.</summary>
    /// <param name="model">The network.</param>
    /// <param name="uses">Which operators use what.</param>
    /// <param name="path">Path of the layer.</param>
    public static string? Of(Module model, OutputUses uses, string path) =>
        uses.Of(path) is [var use] && use.ModulePath.Length > 0 && PlainLayer.Of(ModuleSurgery.Find(model, use.ModulePath)) is PlainActivation ? use.ModulePath : null;
}

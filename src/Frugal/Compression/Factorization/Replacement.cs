using Frugal.Layers.Surgery;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression;

/// <summary>Replaces chosen layers of a network, all or none.</summary>
internal static class Replacement
{
    /// <summary>Makes what belongs in the place of each layer, then puts everything in place at once; when anything fails, the network is as it was.</summary>
    /// <param name="root">The network.</param>
    /// <param name="layers">The chosen layers.</param>
    /// <param name="make">Makes a replacement, or returns null to leave the layer as it is. It runs without gradients, in a dispose scope.</param>
    /// <returns>Paths of the layers that were replaced.</returns>
    /// <exception cref="FrugalException">No layer was chosen, or one cannot be replaced where it stands.</exception>
    public static IReadOnlyList<string> OfAll<T>(Module root, IReadOnlyList<SelectedLayer<T>> layers, Func<SelectedLayer<T>, Module<Tensor, Tensor>?> make) where T : Module =>
        Exchange(root, layers, make).Settle();

    /// <summary>The same, so that it can still be undone.</summary>
    /// <inheritdoc cref="OfAll"/>
    public static LayerExchange Exchange<T>(Module root, IReadOnlyList<SelectedLayer<T>> layers, Func<SelectedLayer<T>, Module<Tensor, Tensor>?> make) where T : Module
    {
        if (layers.Count == 0)
            throw new FrugalException($"{root.GetName()} has no layer left to replace: look at include and exclude; a classifier takes part only if asked for");
        var made = new List<(string Path, Module Replacement)>();
        try
        {
            foreach (var layer in layers)
            {
                using var scope = NewDisposeScope();
                using var mode = no_grad();
                if (make(layer) is { } replacement)
                    made.Add((layer.Path, replacement));
            }
            return new(root, made);
        }
        catch
        {
            foreach (var (_, replacement) in made)
                replacement.Dispose();
            throw;
        }
    }
}

using TorchSharp;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Surgery;

/// <summary>Layers that were replaced and can still be put back: for work that may fail later.</summary>
internal sealed class LayerExchange
{
    private readonly Module root;
    private readonly IReadOnlyList<(string Path, Module Old)> replaced;

    /// <summary>Replaces several layers, or none.</summary>
    /// <exception cref="FrugalException">One of the replacements is impossible; the message names it, and nothing has changed.</exception>
    public LayerExchange(Module root, IReadOnlyList<(string Path, Module Replacement)> replacements) =>
        (this.root, replaced) = (root, ModuleSurgery.Exchange(root, replacements));

    /// <summary>Whether the layer at a path was replaced.</summary>
    public bool Holds(string path) => replaced.Any(layer => layer.Path == path);

    /// <summary>Puts the old layers back and frees the new ones.</summary>
    public void Undo() => ModuleSurgery.ReplaceAll(root, [.. replaced.Select(layer => (layer.Path, layer.Old))]);

    /// <summary>Frees the old layers.</summary>
    /// <returns>Paths of the layers that were replaced.</returns>
    public IReadOnlyList<string> Settle()
    {
        foreach (var (_, old) in replaced)
            ModuleSurgery.Free(root, old);
        return [.. replaced.Select(layer => layer.Path)];
    }
}

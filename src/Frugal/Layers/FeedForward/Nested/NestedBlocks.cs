using Frugal.Layers.Surgery;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// The feed-forward blocks of a network while they can run with fewer hidden units (Devvrit et al. 2023, MatFormer, section 3): the first rows of what leads in, the same of a gate, and the first columns of what leads
/// out. Views of the weights, nothing is copied. Disposed, the network has its own layers again, with the weights as they are by then.
/// </summary>
internal sealed class NestedBlocks : IDisposable
{
    private readonly List<IReadOnlyList<NestedLinear>> layers = [];
    private LayerExchange? exchange;

    /// <exception cref="FrugalException">No block is chosen, or a layer of one cannot be replaced; the network is as before.</exception>
    public NestedBlocks(Module root, LayerSelection selection)
    {
        var blocks = FeedForwardBlock.In(root, selection);
        var paths = PathsOf(root);
        var made = new List<(string, Module)>();
        foreach (var block in blocks)
        {
            NestedLinear[] nested = [.. block.Layers.Select(layer => new NestedLinear(layer, cutsOutputs: layer != block.Down))];
            made.AddRange(block.Layers.Zip(nested, (layer, cut) => (paths[layer], (Module)cut)));
            layers.Add(nested);
        }
        HiddenDims = [.. blocks.Select(block => block.HiddenDim)];
        exchange = new(root, made);
    }

    /// <summary>The chosen blocks of a network, for who holds them for longer than a method.</summary>
    /// <inheritdoc cref="NestedBlocks(Module, LayerSelection)"/>
    public static NestedBlocks Of(Module root, LayerSelection selection) => new(root, selection);

    /// <summary>Hidden units of each block in full.</summary>
    public IReadOnlyList<long> HiddenDims { get; }

    /// <summary>Lets each block run with so many of its hidden units, the first ones.</summary>
    public void Set(IReadOnlyList<long> widths)
    {
        foreach (var (width, block) in widths.Zip(layers))
            foreach (var layer in block)
                layer.Width = width;
    }

    /// <summary>Lets every block run with the same share of its hidden units.</summary>
    public void Set(double share) => Set([.. HiddenDims.Select(hidden => NestedWidths.Of(hidden, share))]);

    /// <summary>Where the layers of a network stand.</summary>
    internal static Dictionary<Module, string> PathsOf(Module root)
    {
        var paths = new Dictionary<Module, string>(ReferenceEqualityComparer.Instance);
        foreach (var (path, module) in ModulePath.Walk(root))
            paths.TryAdd(module, path);
        return paths;
    }

    public void Dispose()
    {
        exchange?.Undo();
        exchange = null;
    }
}

using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Graphs.Capturing;

/// <summary>Puts what they stand for in the place of packed layers while a model is captured on this thread, and counts the rows that pass through them.</summary>
internal sealed class PackedScopes : IDisposable
{
    [ThreadStatic]
    private static PackedScopes? current;

    private readonly PackedScopes? around = current;
    private readonly Dictionary<IPackedLayer, UnpackedLayer> unpacked = new(ReferenceEqualityComparer.Instance);
    private readonly List<PackedUse> uses = [];
    private readonly List<Action> removals = [];

    /// <param name="modules">All modules of the model, itself included, by path.</param>
    public PackedScopes(IEnumerable<(string Path, Module Module)> modules)
    {
        foreach (var (path, module) in modules)
        {
            if (module is not IPackedLayer layer)
                continue;
            uses.Add(new PackedUse(path, layer));
            if (layer.Unpack() is not { } form)
                continue;
            unpacked[layer] = form;
            Weights.AddRange(form.Weights.Select(weight => new GraphParameter(path.Length == 0 ? weight.Key : $"{path}.{weight.Key}", weight.Value, IsBuffer: false)));
        }
        foreach (var use in uses)
        {
            if (use.Layer is Module<Tensor, Tensor> module)
                removals.Add(module.register_forward_hook((_, input, output) => Pass(use, input, output)).remove);
        }
        current = this;
    }

    public static PackedScopes? Current => current;

    /// <summary>The packed layers, with what has passed through them so far.</summary>
    public IReadOnlyList<PackedUse> Uses => uses;

    /// <summary>The weights of the layers' other forms.</summary>
    public List<GraphParameter> Weights { get; } = [];

    private static Tensor Pass(PackedUse use, Tensor input, Tensor output)
    {
        use.Rows += use.Layer.RowsOf(input, output);
        return output;
    }

    public UnpackedLayer? Of(IPackedLayer layer) => unpacked.GetValueOrDefault(layer);

    /// <summary>Whether the tensor by this name belongs to the packed form of a layer that has another one.</summary>
    public bool Hides(string parameter) => uses.Any(use => unpacked.ContainsKey(use.Layer) && use.Covers(parameter));

    public void Dispose()
    {
        current = around;
        removals.ForEach(remove => remove());
    }
}

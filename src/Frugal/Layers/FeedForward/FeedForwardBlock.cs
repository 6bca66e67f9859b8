using Frugal.Layers.Surgery;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Layers;

/// <summary>
/// A feed-forward block of a network, whatever the network calls its parts: <c>down(activation(up(x)))</c>, or <c>down(activation(gate(x)) ⊙ up(x))</c>. It is a module of its own, or three that follow each other
/// within a larger one.
/// </summary>
/// <param name="Path">Where another block is put in its place: the block's own path, or that of its first layer.</param>
/// <param name="Rest">Paths that then become identities; none where the block is a module of its own.</param>
/// <param name="Up">The first layer, <c>[hidden, dim]</c>.</param>
/// <param name="Gate">The layer whose output gates the first one's, or null.</param>
/// <param name="Down">The last layer, <c>[dim, hidden]</c>.</param>
/// <param name="Activation">The non-linearity between.</param>
/// <param name="DropRate">Dropout within the block, which goes with it.</param>
internal sealed record FeedForwardBlock(string Path, IReadOnlyList<string> Rest, Linear Up, Linear? Gate, Linear Down, Activation Activation, double DropRate)
{
    /// <summary>Width of a token.</summary>
    public long Dim => Up.in_features;

    /// <summary>Width between the layers.</summary>
    public long HiddenDim => Up.out_features;

    /// <summary>Its layers: the first, the gate if there is one, and the last.</summary>
    public IReadOnlyList<Linear> Layers => Gate is null ? [Up, Down] : [Up, Gate, Down];

    /// <summary>Whether its layers have biases.</summary>
    /// <exception cref="FrugalException">Some have and others have none.</exception>
    public bool RequireBias() =>
        Layers.Select(layer => layer.bias is not null).Distinct().ToList() is [var all]
            ? all
            : throw new FrugalException($"'{Path}' has layers with biases and without, which experts and parts of a block cannot have; where a step has an option exclude, leave the block out by it");

    /// <summary>The blocks of a network, in its order, each once.</summary>
    public static IReadOnlyList<FeedForwardBlock> In(Module root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var modules = ModulePath.Walk(root).ToList();
        var leaves = modules.Where(each => !each.Module.named_children().Any()).ToList();
        var found = new List<(int Order, FeedForwardBlock Block)>();
        for (int i = 0; i < modules.Count; i++)
            if (Gated(root, modules[i].Path, modules[i].Module) is { } gated)
                found.Add((i, gated));
        for (int i = 0; i < leaves.Count; i++)
            if (Plain(root, modules, leaves, i) is { } plain)
                found.Add((modules.IndexOf(leaves[i]), plain));
        var seen = new HashSet<Module>(ReferenceEqualityComparer.Instance);
        return [.. found.OrderBy(each => each.Order).Select(each => each.Block).Where(block => seen.Add(block.Up))];
    }

    /// <summary>A module that is such a block as a whole; null where it is not.</summary>
    public static FeedForwardBlock? Of(Module module) => module is FeedForward ? In(module) is [var only] ? only : null : GatedParts("", module);

    /// <summary>The chosen blocks of a network.</summary>
    /// <exception cref="FrugalException">It has none, or a pattern matches none.</exception>
    public static IReadOnlyList<FeedForwardBlock> In(Module root, LayerSelection selection)
    {
        var blocks = In(root);
        var chosen = selection.Of([.. blocks.Select(block => block.Path)], "feed-forward block", root.GetName()).ToHashSet();
        return blocks.Where(block => chosen.Contains(block.Path)).ToList() is { Count: > 0 } left
            ? left
            : throw new FrugalException($"{root.GetName()} has no feed-forward block to replace: two linear layers with an activation between, the second as wide as the first one's input; look at include and exclude");
    }

    /// <summary>What to put where so that another block takes this one's place.</summary>
    public IEnumerable<(string Path, Module Replacement)> Replacements(Module block) => Rest.Select(path => (path, (Module)Identity())).Prepend((Path, block));

    /// <summary>The block as one that the library knows, with weights of its own.</summary>
    public Module<Tensor, Tensor> Copy() => Slice(null);

    /// <summary>The block with some of its hidden units, with weights of its own; the last layer's bias is whole.</summary>
    /// <param name="units">Numbers of the units, <c>[n]</c>; null for all.</param>
    public Module<Tensor, Tensor> Slice(Tensor? units)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var hidden = units?.shape[0] ?? HiddenDim;
        bool hasBias = RequireBias();
        Module<Tensor, Tensor> copy = Gate is null ? new FeedForward(Dim, hidden, Activation, DropRate, hasBias) : new GatedFeedForward(Dim, hidden, ActivationLayer.Of(Activation), hasBias);
        copy.to(Up.weight!.device, Up.weight.dtype);
        foreach (var (name, layer, axis) in new[] { (Gate is null ? "fc1" : "up_proj", Up, 0), ("gate_proj", Gate, 0), (Gate is null ? "fc2" : "down_proj", Down, 1) })
        {
            if (layer is null)
                continue;
            copy.get_parameter($"{name}.weight")!.copy_(Taken(layer.weight!, axis));
            if (layer.bias is { } bias)
                copy.get_parameter($"{name}.bias")!.copy_(axis == 0 ? Taken(bias, 0) : bias);
        }
        return copy;

        Tensor Taken(Tensor values, int axis) => units is null ? values : values.index_select(axis, units.to(values.device));
    }

    private static FeedForwardBlock? Gated(Module root, string path, Module module) => GatedParts(path, module) is { } gated && IsPut(root, path) ? gated : null;

    private static FeedForwardBlock? GatedParts(string path, Module module) =>
        module is GatedFeedForward && ModuleSurgery.Find(module, "gate_proj") is Linear gate && ModuleSurgery.Find(module, "up_proj") is Linear up && ModuleSurgery.Find(module, "down_proj") is Linear down
        && PlainLayer.Of(ModuleSurgery.Find(module, "act")) is PlainActivation activation
            ? new(path, [], up, gate, down, activation.Function, 0)
            : null;

    // Layers that stand one behind the other in the network's list and fit: fc1, activation, dropout, fc2.
    private static FeedForwardBlock? Plain(Module root, List<(string Path, Module Module)> modules, List<(string Path, Module Module)> leaves, int at)
    {
        if (leaves[at].Module is not Linear up || at + 1 >= leaves.Count || PlainLayer.Of(leaves[at + 1].Module) is not PlainActivation activation || IsPartOfLayer(leaves[at].Path))
            return null;
        int last = at + 2;
        while (last < leaves.Count && leaves[last].Module is Dropout)
            last++;
        if (last >= leaves.Count || leaves[last].Module is not Linear down || down.in_features != up.out_features || down.out_features != up.in_features || IsPartOfLayer(leaves[last].Path))
            return null;
        int end = last + 1;
        while (end < leaves.Count && leaves[end].Module is Dropout)
            end++;
        // A layer that wraps the last one alone, such as an adapter, reads the hidden units too.
        if (!Around(leaves[at].Path).SequenceEqual(Around(leaves[last].Path)))
            return null;
        var parts = leaves[at..end];
        // The largest module that has these parts and no others.
        var whole = modules.FirstOrDefault(each => each.Module is Module<Tensor, Tensor> && leaves.Where(leaf => DottedPath.IsBelow(leaf.Path, each.Path)).ToList() is { Count: > 0 } within
            && within.All(parts.Contains) && within.Contains(leaves[at]) && within.Contains(leaves[last]));
        double dropRate = parts.Select(part => part.Module).OfType<Dropout>().Select(dropout => dropout.p).FirstOrDefault();
        var block = new FeedForwardBlock(leaves[at].Path, [leaves[at + 1].Path, leaves[last].Path], up, null, down, activation.Function, 0);
        return whole.Module is Module<Tensor, Tensor> module && IsPut(root, whole.Path) && Computes(module, block)
            ? block with { Path = whole.Path, Rest = [], DropRate = dropRate }
            : block.Rest.Append(block.Path).All(path => IsPut(root, path)) ? block : null;

        // What a layer does with its parts is its own business, e.g. an adapter that adds its input: such a part does not hand its output on.
        bool IsPartOfLayer(string path) => path.LastIndexOf('.') is > 0 and var dot && modules.Any(each => each.Path == path[..dot] && each.Module is Layer);

        IEnumerable<string> Around(string path) => modules.Where(each => each.Module is Layer && DottedPath.IsBelow(path, each.Path)).Select(each => each.Path);
    }

    private static bool IsPut(Module root, string path)
    {
        try
        {
            ModuleSurgery.RequireReplaceable(root, path, typeof(FeedForward));
            return true;
        }
        catch (FrugalException)
        {
            // A member of a narrower type: the block's layers are replaced one by one, or it stays as it is.
            return false;
        }
    }

    // A module may do more with its parts than run them one after the other.
    private static bool Computes(Module<Tensor, Tensor> module, FeedForwardBlock block)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        bool wasTraining = module.training;
        module.eval();
        var input = linspace(-1, 1, 4 * block.Dim, dtype: block.Up.weight!.dtype, device: block.Up.weight.device).view(4, block.Dim);
        var (output, expected) = (module.call(input), block.Down.call(ActivationLayer.Of(block.Activation).call(block.Up.call(input))));
        module.train(wasTraining);
        return output.shape.SequenceEqual(expected.shape) && output.allclose(expected, rtol: 1e-4, atol: 1e-5);
    }
}

using Frugal.Graphs.Capturing;
using Frugal.Graphs.Groups;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Surgery;

/// <summary>
/// A model on its way to other sizes: layers are built anew around the changed weights, tensors of modules of the program's own and those that several use are exchanged in place. Disposed without
/// having been kept, the model is as before.
/// </summary>
internal sealed class Resizing : IDisposable
{
    private readonly Module root;
    private readonly List<(string Path, Module Replacement)> made = [];
    private readonly List<(Tensor Tensor, Tensor Before, Tensor After)> exchanged = [];
    private IReadOnlyList<(string Path, Module Old)> old = [];
    private bool isKept;

    /// <exception cref="FrugalException">A layer cannot be put where it belongs; the model is as before.</exception>
    public Resizing(Module root, ChannelGroups groups, ChannelChange change, ResizableLayers layers)
    {
        this.root = root;
        using var mode = no_grad();
        using var scope = NewDisposeScope();
        try
        {
            Prepare(Changed(groups, change, layers));
            old = ModuleSurgery.Exchange(root, made);
        }
        catch
        {
            Undo();
            Forget();
            made.ForEach(layer => layer.Replacement.Dispose());
            throw;
        }
    }

    /// <summary>Leaves the model as it is by now, and frees what it was.</summary>
    public void Keep()
    {
        isKept = true;
        foreach (var module in old.Select(layer => layer.Old).Distinct(ReferenceEqualityComparer.Instance))
            ModuleSurgery.Free(root, (Module)module!);
        Forget();
    }

    public void Dispose()
    {
        if (isKept)
            return;
        var rest = ModuleSurgery.Exchange(root, old);
        Undo();
        foreach (var module in rest.Select(layer => layer.Old).Distinct(ReferenceEqualityComparer.Instance))
            ModuleSurgery.Free(root, (Module)module!);
        Forget();
    }

    private void Prepare(Dictionary<nint, (IReadOnlyList<TensorUse> Uses, Tensor After)> changed)
    {
        foreach (var (uses, after) in changed.Values.Where(tensor => IsInPlace(tensor.Uses)))
            Exchange(uses[0].Tensor, after);
        foreach (var unit in changed.Values.SelectMany(tensor => tensor.Uses).Select(use => use.Unit).Where(unit => unit.IsRebuilt).Distinct())
        {
            var tensors = ResizableUnit.TensorsOf(unit.Module).ToDictionary(
                own => own.Name, own => changed.TryGetValue(ObservedTensor.AddressOf(own.Tensor), out var tensor) ? tensor.After : own.Tensor.detach());
            var layer = unit.Rebuild(tensors);
            made.AddRange(unit.Paths.Select(path => (path, (Module)layer)));
            foreach (var (name, own) in ResizableUnit.TensorsOf(unit.Module))
            {
                if (own is Parameter parameter && changed.TryGetValue(ObservedTensor.AddressOf(own), out var tensor) && tensor.Uses.Count > 1)
                    ResizableUnit.Share(layer, name, parameter);
            }
        }
    }

    private static bool IsInPlace(IReadOnlyList<TensorUse> uses) => uses.Count > 1 || !uses[0].Unit.IsRebuilt;

    private void Exchange(Tensor tensor, Tensor after)
    {
        exchanged.Add((tensor, tensor.detach().DetachFromDisposeScope(), after.DetachFromDisposeScope()));
        tensor.set_(after);
        if (tensor.requires_grad && tensor.grad is not null)
            tensor.grad = null;
    }

    private void Undo()
    {
        using var mode = no_grad();
        foreach (var (tensor, before, _) in exchanged)
            tensor.set_(before);
    }

    private void Forget()
    {
        foreach (var (_, before, after) in exchanged)
        {
            before.Dispose();
            after.Dispose();
        }
    }

    /// <summary>The tensors that change, each once, with who uses them and what they become.</summary>
    private static Dictionary<nint, (IReadOnlyList<TensorUse>, Tensor)> Changed(ChannelGroups groups, ChannelChange change, ResizableLayers layers)
    {
        var sizes = groups.Graph.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Shape);
        long SizeOf(string parameter, int dimension) => sizes[parameter][dimension];
        var indexes = change.Indexes(SizeOf);
        var shares = change is ChannelDuplication duplication ? duplication.Shares(SizeOf) : new Dictionary<(string, int), double[]>();
        var changed = new Dictionary<nint, (IReadOnlyList<TensorUse>, Tensor)>();
        foreach (string parameter in indexes.Keys.Select(key => key.Parameter).Distinct())
        {
            var uses = layers.UsesOf(parameter);
            changed[ObservedTensor.AddressOf(uses[0].Tensor)] = (uses, Change(uses[0].Tensor, parameter, indexes, shares));
        }
        return changed;
    }

    private static Tensor Change(Tensor tensor, string name, IReadOnlyDictionary<(string Parameter, int Dimension), long[]> indexes, IReadOnlyDictionary<(string Parameter, int Dimension), double[]> shares)
    {
        var changed = tensor.detach();
        for (int dimension = 0; dimension < tensor.dim(); dimension++)
        {
            if (shares.TryGetValue((name, dimension), out double[]? share))
            {
                long[] along = [.. Enumerable.Range(0, (int)tensor.dim()).Select(axis => axis == dimension ? share.Length : 1L)];
                changed = changed * torch.tensor(share, dtype: tensor.dtype, device: tensor.device).view(along);
            }
            if (indexes.TryGetValue((name, dimension), out long[]? order))
                changed = changed.index_select(dimension, torch.tensor(order, device: tensor.device));
        }
        return changed.contiguous();
    }
}

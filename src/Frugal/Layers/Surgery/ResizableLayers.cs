using Frugal.Graphs.Capturing;
using Frugal.Graphs.Groups;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Surgery;

/// <summary>The parts of a model that can have other sizes, and who uses which tensor.</summary>
internal sealed class ResizableLayers
{
    private readonly Dictionary<Module, ResizableUnit> units = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, ResizableUnit> unitAt = [];
    private readonly Dictionary<string, nint> addresses = [];
    private readonly Dictionary<nint, List<TensorUse>> uses = [];

    public ResizableLayers(Module root)
    {
        foreach (var (path, module) in ModulePath.Walk(root).Prepend(("", root)))
        {
            // What is within a layer of ours is built with it.
            var around = Around(path);
            var unit = unitAt[path] = around ?? UnitOf(path, module);
            if (around is not null)
                continue;
            unit.Paths.Add(path);
            bool isWhole = module is Layer;
            foreach (var (name, tensor) in ResizableUnit.TensorsOf(module).Where(own => isWhole || !own.Name.Contains('.', StringComparison.Ordinal)))
                Note(unit, path, name, tensor);
        }
    }

    /// <summary>Why the parameters of a group cannot have other sizes, or null.</summary>
    public string? Obstacle(ChannelGroup group) => group.Members.Select(Obstacle).FirstOrDefault(obstacle => obstacle is not null);

    /// <summary>Who uses a tensor, by a name that it has in the model.</summary>
    public IReadOnlyList<TensorUse> UsesOf(string parameter) => uses[addresses[parameter]];

    private string? Obstacle(ChannelMember member)
    {
        if (!addresses.TryGetValue(member.Parameter, out nint address))
            return unitAt.GetValueOrDefault(member.Layer)?.Obstacle ?? $"'{member.Parameter}' is no parameter of the model any more; find its channel groups anew";
        var users = uses[address];
        if (users.Select(use => use.Unit.Obstacle).FirstOrDefault(obstacle => obstacle is not null) is { } obstacle)
            return obstacle;
        return users.Count > 1 && users.FirstOrDefault(use => !use.Unit.CanShare) is { } rigid
            ? $"'{rigid.Unit.Path}' shares a weight with '{users.First(use => use != rigid).Unit.Path}', and a {rigid.Unit.Module.GetType().Name} cannot be built around one that others use"
            : null;
    }

    private ResizableUnit UnitOf(string path, Module module)
    {
        if (!units.TryGetValue(module, out var unit))
            units[module] = unit = new ResizableUnit(path, module);
        return unit;
    }

    private void Note(ResizableUnit unit, string path, string name, Tensor tensor)
    {
        nint address = ObservedTensor.AddressOf(tensor);
        addresses[path.Length == 0 ? name : $"{path}.{name}"] = address;
        if (!uses.TryGetValue(address, out var users))
            uses[address] = users = [];
        if (!users.Any(use => use.Unit == unit && use.Name == name))
            users.Add(new TensorUse(unit, name, tensor));
    }

    private ResizableUnit? Around(string path)
    {
        for (int dot = path.LastIndexOf('.'); dot > 0; dot = path.LastIndexOf('.', dot - 1))
        {
            if (unitAt.GetValueOrDefault(path[..dot]) is { Module: Layer } around)
                return around;
        }
        return null;
    }
}

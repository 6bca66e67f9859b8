using Frugal.Graphs.Capturing;
using Frugal.Graphs.Groups;
using Frugal.Native;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Surgery;

/// <summary>The layers of a model that can be built anew with other sizes: torch's own, each in one place and with weights of its own.</summary>
internal sealed class ResizableLayers
{
    private readonly Dictionary<string, Module> modules = [];
    private readonly Dictionary<string, string> obstacles = [];

    public ResizableLayers(Module root)
    {
        var pathsOf = new Dictionary<nint, string>();
        var seen = new Dictionary<Module, string>(ReferenceEqualityComparer.Instance);
        foreach (var (path, module) in ModulePath.Walk(root))
        {
            modules[path] = module;
            if (!seen.TryAdd(module, path))
                obstacles[seen[module]] = obstacles[path] = $"'{path}' is the same layer as '{seen[module]}'";
            else if (PlainLayer.Of(module) is null)
                obstacles[path] = $"'{path}' is a {module.GetType().Name}, which cannot be built with other sizes";
            else if (LayerAround(path) is { } around)
                obstacles[path] = $"'{path}' is part of a {around.GetType().Name}, which cannot be built with other sizes";
            foreach (nint address in OwnTensors(module).Select(own => ObservedTensor.AddressOf(own.Tensor)))
            {
                if (!pathsOf.TryAdd(address, path))
                    obstacles[pathsOf[address]] = obstacles[path] = $"'{path}' shares a weight with '{pathsOf[address]}'";
            }
        }
    }

    /// <summary>Why the parameters of a group cannot lose channels, or null.</summary>
    public string? Obstacle(ChannelGroup group) => group.Members
        .Select(member => modules.ContainsKey(member.Layer) ? obstacles.GetValueOrDefault(member.Layer) : $"'{member.Parameter}' is the model's own, which cannot be built with other sizes")
        .FirstOrDefault(obstacle => obstacle is not null);

    /// <summary>The layer with only some indexes of its parameters' and buffers' dimensions; what is trained and what is not stays so.</summary>
    public Module<Tensor, Tensor> Resize(string path, IReadOnlyDictionary<(string Parameter, int Dimension), long[]> kept)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var old = modules[path];
        var tensors = OwnTensors(old).ToDictionary(own => own.Name, own => Slice(own.Tensor, $"{path}.{own.Name}", kept));
        var layer = Build(PlainLayer.Of(old)!.Fit(name => tensors[name].shape));
        if (tensors.Values.FirstOrDefault(tensor => tensor.is_floating_point()) is { } first)
            layer.to(first.device, first.dtype);
        foreach (var (name, tensor) in OwnTensors(layer))
            tensor.copy_(tensors[name]);
        foreach (var (was, parameter) in old.parameters(recurse: false).Zip(layer.parameters(recurse: false)))
            parameter.requires_grad = was.requires_grad;
        return layer;
    }

    // A new layer draws weights that are overwritten at once, which must not move the stream that training draws from.
    private static Module<Tensor, Tensor> Build(PlainLayer plain)
    {
        using var generator = new KeptRandomState();
        return plain.Build();
    }

    private static Tensor Slice(Tensor tensor, string name, IReadOnlyDictionary<(string Parameter, int Dimension), long[]> kept)
    {
        var slice = tensor.detach();
        for (int dimension = 0; dimension < tensor.dim(); dimension++)
        {
            if (kept.TryGetValue((name, dimension), out long[]? indexes))
                slice = slice.index_select(dimension, torch.tensor(indexes, device: tensor.device));
        }
        return slice;
    }

    private Layer? LayerAround(string path)
    {
        for (int dot = path.LastIndexOf('.'); dot > 0; dot = path.LastIndexOf('.', dot - 1))
        {
            if (modules.GetValueOrDefault(path[..dot]) is Layer around)
                return around;
        }
        return null;
    }

    private static IEnumerable<(string Name, Tensor Tensor)> OwnTensors(Module module) =>
        module.named_parameters(recurse: false).Select(own => (own.name, (Tensor)own.parameter)).Concat(module.named_buffers(recurse: false).Select(own => (own.name, own.buffer)));
}

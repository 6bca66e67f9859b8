using System.Reflection;
using Frugal.Graphs;
using Frugal.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Layers.Surgery;

/// <summary>A part of a model that is resized as one: a layer that is built anew, or a module of the program's own, whose tensors are exchanged in place.</summary>
internal sealed class ResizableUnit
{
    private readonly bool isOwnCode;
    private readonly Lazy<string?> obstacle;

    /// <param name="path">Where it was met first; empty for the model itself.</param>
    /// <param name="module">The module.</param>
    public ResizableUnit(string path, Module module)
    {
        (Path, Module) = (path, module);
        isOwnCode = module is Embedding || (module is not Layer && PlainLayer.Of(module) is null && (module.GetType().Assembly != typeof(Module).Assembly || module is TorchSharp.Modules.ParameterList or TorchSharp.Modules.ParameterDict));
        obstacle = new Lazy<string?>(() => module is IPackedLayer ? $"'{path}' is packed for inference"
            : module is MultiheadAttention ? $"'{path}' is a MultiheadAttention, whose native code takes its heads from its width; Frugal's SelfAttention can lose heads"
            : isOwnCode || PlainLayer.Of(module) is not null || CanFit(module) ? null
            : $"'{path}' is a {module.GetType().Name}, which cannot be built with other sizes");
    }

    public string Path { get; }

    public Module Module { get; }

    /// <summary>All places in the model where the same module stands.</summary>
    public List<string> Paths { get; } = [];

    /// <summary>Why it cannot have other sizes, or null.</summary>
    public string? Obstacle => obstacle.Value;

    /// <summary>Whether it is built anew; otherwise its tensors are exchanged.</summary>
    public bool IsRebuilt => !isOwnCode;

    /// <summary>Whether its tensors can be given to it one by one, so that another unit may share them.</summary>
    public bool CanShare => isOwnCode || Module is not Layer;

    /// <summary>The module's tensors by their names in it.</summary>
    public static IEnumerable<(string Name, Tensor Tensor)> TensorsOf(Module module) =>
        module.named_parameters().Select(own => (own.name, (Tensor)own.parameter)).Concat(module.named_buffers().Select(own => (own.name, own.buffer)));

    /// <summary>A layer like this one with these tensors; what is trained and what is not stays so.</summary>
    public Module<Tensor, Tensor> Rebuild(IReadOnlyDictionary<string, Tensor> tensors)
    {
        var layer = Build(name => tensors[name].shape);
        if (tensors.Values.FirstOrDefault(tensor => tensor.is_floating_point()) is { } first)
            layer.to(first.device, first.dtype);
        foreach (var (name, tensor) in TensorsOf(layer))
            tensor.copy_(tensors[name]);
        foreach (var (was, parameter) in Module.parameters().Zip(layer.parameters()))
            parameter.requires_grad = was.requires_grad;
        return layer;
    }

    /// <summary>Lets a layer that was built anew use a parameter that others use too.</summary>
    public static void Share(Module layer, string name, Parameter parameter) =>
        layer.GetType().GetProperty(name, BindingFlags.Public | BindingFlags.Instance)!.SetValue(layer, parameter);

    // A new layer draws weights that are overwritten at once, which must not move the stream that training draws from.
    private Module<Tensor, Tensor> Build(Func<string, IReadOnlyList<long>> shapeOf)
    {
        using var generator = new KeptRandomState();
        return Module is Layer layer ? layer.Fit(shapeOf)! : PlainLayer.Of(Module)!.Fit(shapeOf).Build();
    }

    private static bool CanFit(Module module)
    {
        if (module is not Layer layer)
            return false;
        using var scope = NewDisposeScope();
        using var generator = new KeptRandomState();
        var shapes = TensorsOf(module).ToDictionary(own => own.Name, own => (IReadOnlyList<long>)own.Tensor.shape);
        using var same = layer.Fit(name => shapes[name]);
        return same is not null;
    }
}

using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Compression;

/// <summary>Makes ordinary smaller networks of nested ones.</summary>
internal static class NestedExtraction
{
    /// <summary>Leaves the first hidden units of each block, with weights of their own.</summary>
    /// <param name="root">The network.</param>
    /// <param name="blocks">Its blocks.</param>
    /// <param name="widths">Hidden units that are left of each.</param>
    /// <exception cref="FrugalException">A layer cannot be replaced; the network is as before.</exception>
    public static void Cut(Module root, IReadOnlyList<FeedForwardBlock> blocks, IReadOnlyList<long> widths)
    {
        using var mode = no_grad();
        using var scope = NewDisposeScope();
        var paths = NestedBlocks.PathsOf(root);
        List<(string, Module)> made = [.. blocks.Zip(widths).Where(each => each.Second < each.First.HiddenDim)
            .SelectMany(each => each.First.Layers.Select(layer => (paths[layer], (Module)Cut(layer, each.Second, isLast: layer == each.First.Down))))];
        ModuleSurgery.ReplaceAll(root, made);
    }

    /// <summary>The same network as one of its architecture with narrower blocks, or null where there is none: blocks differ, or something else in it is not the architecture's.</summary>
    public static Model? Plain(Model model, IReadOnlyList<long> widths)
    {
        if (widths.Distinct().Count() != 1 || model.Config.WithFeedForward(widths[0]) is not { } config)
            return null;
        using var generator = new KeptRandomState();
        var plain = config.Build();
        if (!IsAlike(plain, model))
        {
            plain.Dispose();
            return null;
        }
        using (no_grad())
        {
            var first = model.parameters().First(parameter => parameter.is_floating_point());
            plain.to(first.device, first.dtype);
            var weights = model.state_dict();
            foreach (var (name, tensor) in plain.state_dict())
                tensor.copy_(weights[name]);
            foreach (var (was, now) in model.named_parameters().Zip(plain.named_parameters()))
                now.parameter.requires_grad = was.parameter.requires_grad;
        }
        plain.train(model.training);
        return plain;
    }

    private static Linear Cut(Linear layer, long width, bool isLast)
    {
        var cut = DenseLayer.Linear(layer.weight!.narrow(isLast ? 1 : 0, 0, width).contiguous(), isLast ? layer.bias : layer.bias?.narrow(0, 0, width));
        foreach (var (was, now) in layer.parameters().Zip(cut.parameters()))
            now.requires_grad = was.requires_grad;
        return cut;
    }

    private static bool IsAlike(Model plain, Model model) =>
        Modules(plain).SequenceEqual(Modules(model)) && Shapes(plain).SequenceEqual(Shapes(model)) && plain.ReplacedLayers().Count == model.ReplacedLayers().Count(layer => !IsWithin(plain, model, layer.Path));

    // A layer that differs from the architecture as it was, and not from the narrower one.
    private static bool IsWithin(Model plain, Model model, string path) =>
        LayerDescription.Of(ModuleSurgery.Find(plain, path))?.ToString() is { } description && description == LayerDescription.Of(ModuleSurgery.Find(model, path))?.ToString();

    private static IEnumerable<(string, Type)> Modules(Module root) => ModulePath.Walk(root).Select(each => (each.Path, each.Module.GetType()));

    private static IEnumerable<(string, string)> Shapes(Module root) => root.state_dict().Select(own => (own.Key, string.Join('x', own.Value.shape)));
}

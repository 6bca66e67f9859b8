using Frugal.Graphs;
using Frugal.Layers;
using Frugal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Studies.Bench;

/// <summary>A layer of a network with the input that it gets for one example.</summary>
/// <param name="Path">Path of the module.</param>
/// <param name="Module">The module.</param>
/// <param name="Input">What it takes.</param>
internal sealed record LayerPart(string Path, Module<Tensor, Tensor> Module, BenchInput Input)
{
    /// <summary>
    /// The layers that multiply with weights and have no layers below them, in order of execution: a layer that never runs is not among them, one that runs twice once.
    /// </summary>
    public static IReadOnlyList<LayerPart> Of(Model model)
    {
        List<LayerPart> parts = [];
        var hooks = model.named_modules().Where(child => child.module is Module<Tensor, Tensor> && Multiplies(child.module)).Select(child =>
            ((Module<Tensor, Tensor>)child.module).register_forward_hook((module, input, output) =>
            {
                if (parts.All(part => part.Module != module))
                    parts.Add(new LayerPart(child.name, module, new BenchInput(input.shape)));
                return output;
            })).ToList();
        try
        {
            using var scope = NewDisposeScope();
            using var mode = inference_mode();
            model.call(model.Example(1));
            return parts;
        }
        finally
        {
            hooks.ForEach(hook => hook.remove());
        }
    }

    /// <summary>What layers that take equally long have in common; their own path where that cannot be told.</summary>
    public string Likeness => Module is not IPackedLayer && LayerDescription.Of(Module) is { } description
        ? $"{description} {string.Join(',', Input.Shape)}"
        : Path;

    private static bool Multiplies(Module module) =>
        !module.named_children().Any() && module is not TorchSharp.Modules.Embedding && (module is IPackedLayer || module.parameters().Any(parameter => parameter.dim() >= 2));
}

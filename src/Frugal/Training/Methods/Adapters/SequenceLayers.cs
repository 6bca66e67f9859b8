using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Adapters;

/// <summary>Layers that give out sequences, and the width of these, found out by a forward pass.</summary>
internal static class SequenceLayers
{
    /// <exception cref="FrugalException">A layer gives out something else.</exception>
    public static IReadOnlyList<(string Path, Module<Tensor, Tensor> Layer, long Dim)> Of(Model model, IReadOnlyList<string> paths, string asker)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var outputs = new LayerOutputs(model, paths);
        bool wasTraining = model.training;
        try
        {
            model.eval();
            model.call(model.Example(1, model.parameters().First().device));
        }
        finally
        {
            model.train(wasTraining);
        }
        return
        [
            .. paths.Zip(outputs.Take(scope), (path, output) => output.dim() == 3
                ? (path, (Module<Tensor, Tensor>)ModuleSurgery.Find(model, path), output.shape[2])
                : throw new FrugalException($"{asker}: '{path}' gives out [{string.Join(", ", output.shape)}] and no sequence [batch, tokens, dim] that rows can be put in front of; look at include and exclude")),
        ];
    }
}

using Frugal.Layers.Surgery;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>How large each input of linear layers is, measured on examples.</summary>
internal static class InputNorms
{
    /// <summary>The mean over the examples of the squared norm of each input; an example of several tokens counts with all of them.</summary>
    /// <param name="model">The network, run in evaluation mode.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="batches">Examples, <c>[batch, …]</c> each.</param>
    /// <returns>A vector <c>[in]</c> for each layer, in their order; the caller disposes them.</returns>
    /// <exception cref="FrugalException">There is no example, a layer is not reached by them, or a norm is not finite.</exception>
    public static IReadOnlyList<Tensor> Of(nn.Module<Tensor, Tensor> model, IReadOnlyList<SelectedLayer<Linear>> layers, IReadOnlyList<Tensor> batches)
    {
        if (batches.Count == 0 || batches.All(batch => batch.shape[0] == 0))
            throw new FrugalException("There are no calibration examples, so the sizes of inputs cannot be measured; score by magnitude, or give training data.");
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var sums = new Tensor?[layers.Count];
        var hooks = layers.Select((layer, i) => layer.Layer.register_forward_pre_hook((_, input) =>
        {
            using var inner = NewDisposeScope();
            var squares = input.detach().flatten(0, -2).to(float64).square().sum(0);
            sums[i] = (sums[i] is { } sum ? sum.add_(squares) : squares).DetachFromDisposeScope();
            return input;
        })).ToList();
        bool wasTraining = model.training;
        model.eval();
        try
        {
            foreach (var batch in batches)
                model.call(batch).Dispose();
            return [.. layers.Select((layer, i) => Mean(sums[i], batches.Sum(batch => batch.shape[0]), layer.Path))];
        }
        finally
        {
            hooks.ForEach(hook => hook.remove());
            model.train(wasTraining);
            foreach (var sum in sums)
                sum?.Dispose();
        }
    }

    private static Tensor Mean(Tensor? sum, long count, string path)
    {
        if (sum is null)
            throw new FrugalException($"No example passes through '{path}', so the sizes of its inputs cannot be measured; exclude it, or score by magnitude.");
        return sum.isfinite().all().item<bool>()
            ? (sum / count).DetachFromDisposeScope()
            : throw new FrugalException($"The inputs of '{path}' are not finite on the calibration examples; look for broken examples or diverged weights.");
    }
}

using Frugal.Compression.Quantization;
using Frugal.Layers;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Kan;

/// <summary>What the nodes of Kolmogorov-Arnold layers are given by training examples.</summary>
internal static class KanActivations
{
    private const int MaxRows = 4096;

    /// <summary>Activations of each layer's nodes, <c>[rows, inputs]</c>, from a pass in evaluation; of many rows, such as the windows of images, every n-th.</summary>
    /// <param name="subject">The model and its data.</param>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="numExamples">Examples to run.</param>
    public static IReadOnlyList<Tensor> Of(Subject subject, IReadOnlyList<KanLayer> layers, int numExamples)
    {
        var seen = layers.Select(_ => new List<Tensor>()).ToList();
        var hooks = layers.Select((layer, i) => layer.register_forward_pre_hook((_, input) =>
        {
            // Out of the scopes of the pass.
            seen[i].Add(layer.Rows(input).DetachFromDisposeScope());
            return input;
        })).ToList();
        bool wasTraining = subject.Model.training;
        subject.Model.eval();
        try
        {
            using var mode = no_grad();
            foreach (var inputs in CalibrationExamples.Of(subject.Data.Train, numExamples, subject.Random))
                subject.Model.call(inputs.to(subject.Device));
        }
        finally
        {
            hooks.ForEach(hook => hook.remove());
            subject.Model.train(wasTraining);
        }
        return [.. seen.Select(Joined)];
    }

    private static Tensor Joined(List<Tensor> parts)
    {
        using var scope = NewDisposeScope();
        var rows = cat(parts);
        parts.ForEach(part => part.Dispose());
        return rows.slice(0, 0, rows.shape[0], (rows.shape[0] + MaxRows - 1) / MaxRows).MoveToOuterDisposeScope();
    }
}

using Frugal.Data;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Recipes;

/// <summary>How well a classifier does on a split.</summary>
/// <param name="Accuracy">Share of the examples classified right, between 0 and 1.</param>
/// <param name="Loss">Mean cross entropy, without smoothing.</param>
/// <param name="Count">Number of examples.</param>
public sealed record Evaluation(double Accuracy, double Loss, int Count)
{
    private const int DefaultBatchSize = 256;

    /// <summary>Runs a model over a dataset in evaluation mode, without gradients; the model's mode is as before afterwards.</summary>
    /// <param name="model">Images <c>[batch, channels, height, width]</c> to logits <c>[batch, classes]</c>.</param>
    /// <param name="data">The examples, each taken once, without augmentation.</param>
    /// <param name="device">Where the model lives.</param>
    /// <param name="batchSize">Examples in a forward pass; changes speed and memory, not the result.</param>
    public static Evaluation Of(Module<Tensor, Tensor> model, Dataset data, Device? device = null, int batchSize = DefaultBatchSize)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        var loader = new Loader(data, batchSize, new RandomStreams(0));
        bool wasTraining = model.training;
        model.eval();
        try
        {
            using var mode = inference_mode();
            double correct = 0, loss = 0;
            using var outer = NewDisposeScope();
            foreach (var batch in loader.Epoch(0))
            {
                using var scope = NewDisposeScope();
                var logits = model.forward(batch.Inputs.to(device ?? CPU)).to(float32).cpu();
                correct += logits.argmax(1).eq(batch.Targets).sum().item<long>();
                loss += functional.cross_entropy(logits, batch.Targets, reduction: Reduction.Sum).item<float>();
                batch.Inputs.Dispose();
                batch.Targets.Dispose();
            }
            return new Evaluation(correct / data.Count, loss / data.Count, data.Count);
        }
        finally
        {
            model.train(wasTraining);
        }
    }
}

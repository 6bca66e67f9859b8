using Frugal.Data;
using Frugal.Data.Text;
using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Recipes;

/// <summary>How well a model does on a split.</summary>
/// <param name="Accuracy">Share of what is asked that is answered right, between 0 and 1: of examples, of tokens, or of both ends of spans.</param>
/// <param name="Loss">Mean cross entropy, without smoothing.</param>
/// <param name="Count">Number of answers.</param>
public sealed record Evaluation(double Accuracy, double Loss, int Count)
{
    private const int DefaultBatchSize = 256;

    /// <summary>Measures of the task beside these, by name.</summary>
    public IReadOnlyDictionary<string, double> Scores { get; init; } = new Dictionary<string, double>();

    /// <summary>Runs a model over a dataset in evaluation mode, without gradients; the model's mode is as before afterwards.</summary>
    /// <param name="model">Inputs as the data has them, to logits.</param>
    /// <param name="data">The examples, each taken once, without augmentation.</param>
    /// <param name="device">Where the model lives.</param>
    /// <param name="batchSize">Examples in a forward pass; changes speed and memory, not the result.</param>
    public static Evaluation Of(Module<Tensor, Tensor> model, Dataset data, Device? device = null, int batchSize = DefaultBatchSize)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        var loader = new Loader(data, batchSize, new RandomStreams(0));
        var score = (data as TokenDataset)?.StartScore();
        bool wasTraining = model.training;
        model.eval();
        try
        {
            using var mode = inference_mode();
            double correct = 0, loss = 0, count = 0, rows = 0;
            using var outer = NewDisposeScope();
            foreach (var batch in loader.Epoch(0))
            {
                using var scope = NewDisposeScope();
                var inputs = batch.Inputs.to(device ?? CPU);
                var outputs = MiscomputedConvolutions.Run(model, inputs.device, () => model.forward(inputs).to(float32).cpu());
                var (logits, targets) = TargetRows.Of(data.Info.Targets, outputs, batch.Targets);
                var right = logits.argmax(1).eq(targets);
                correct += (data.Info.Targets == TargetKind.Span ? right.view(-1, 2).all(1) : right).sum().item<long>();
                count += data.Info.Targets == TargetKind.Span ? batch.Count : targets.shape[0];
                rows += targets.shape[0];
                loss += functional.cross_entropy(logits, targets, reduction: Reduction.Sum).item<float>();
                score?.Add(batch.Indices, outputs);
                batch.Inputs.Dispose();
                batch.Targets.Dispose();
            }
            return new Evaluation(correct / count, loss / rows, (int)count) { Scores = score?.Result() ?? new Dictionary<string, double>() };
        }
        finally
        {
            model.train(wasTraining);
        }
    }
}

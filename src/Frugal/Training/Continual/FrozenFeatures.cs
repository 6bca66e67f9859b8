using Frugal.Data;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Continual;

/// <summary>What a network hands to its classifier, computed once: enough to train a classifier while the network stays as it is.</summary>
/// <param name="Inputs"><c>[examples, features]</c>.</param>
/// <param name="Labels"><c>[examples]</c>, int64.</param>
internal sealed record FrozenFeatures(Tensor Inputs, Tensor Labels) : IDisposable
{
    private const int BatchSize = 256;

    /// <summary>The features of a dataset, in its order; they belong to whoever disposes them.</summary>
    /// <exception cref="FrugalException">The data asks for more than one label an example, or the model has no classifier.</exception>
    public static FrozenFeatures Of(Subject subject, Dataset data)
    {
        var model = subject.Model;
        if (data.Info.Targets != TargetKind.Label)
            throw new FrugalException("A classifier on frozen features needs data with one label an example");
        bool wasTraining = model.training;
        model.eval();
        try
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            List<Tensor> inputs = [], labels = [];
            foreach (var batch in new Loader(data, BatchSize, subject.Random).Epoch(0))
            {
                using var each = NewDisposeScope();
                subject.Cancellation.ThrowIfCancellationRequested();
                inputs.Add(MiscomputedConvolutions.Run(model, subject.Device, () => model.ForwardHead(model.ForwardFeatures(batch.Inputs.to(subject.Device)), preLogits: true)).flatten(1).MoveToOuterDisposeScope());
                labels.Add(batch.Targets.to(subject.Device).MoveToOuterDisposeScope());
                batch.Inputs.Dispose();
            }
            return new(cat(inputs).DetachFromDisposeScope(), cat(labels).DetachFromDisposeScope());
        }
        finally
        {
            model.train(wasTraining);
        }
    }

    /// <summary>The layer that turns these features into logits.</summary>
    /// <exception cref="FrugalException">The model has none.</exception>
    public static Module<Tensor, Tensor> HeadOf(Model model) => model.NumClasses > 0 && ModuleSurgery.Find(model, model.ClassifierPath) is Module<Tensor, Tensor> head
        ? head
        : throw new FrugalException($"{model.GetName()} has no classifier; set num-classes");

    /// <summary>The examples whose label is among some.</summary>
    public FrozenFeatures Only(IEnumerable<int> classes)
    {
        using var scope = NewDisposeScope();
        var isAsked = zeros_like(Labels, ScalarType.Bool);
        foreach (int label in classes)
            isAsked = isAsked.logical_or(Labels.eq(label));
        var places = isAsked.nonzero().squeeze(1);
        return new(Inputs.index_select(0, places).DetachFromDisposeScope(), Labels.index_select(0, places).DetachFromDisposeScope());
    }

    /// <summary>Share of the examples that a classifier puts into their class, among all classes.</summary>
    public double Accuracy(Module<Tensor, Tensor> head)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        head.eval();
        long right = Inputs.split(BatchSize).Zip(Labels.split(BatchSize)).Sum(part => head.call(part.First).argmax(-1).eq(part.Second).sum().ToInt64());
        return (double)right / Labels.shape[0];
    }

    public void Dispose()
    {
        Inputs.Dispose();
        Labels.Dispose();
    }
}

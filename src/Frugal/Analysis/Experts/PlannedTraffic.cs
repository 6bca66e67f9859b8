using Frugal.Data;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Analysis;

/// <summary>What a plan of expert parallelism sends on real tokens: each mixture is run as its placement says, all devices in this process, on what reaches it of some examples.</summary>
internal static class PlannedTraffic
{
    /// <summary>Runs the mixtures.</summary>
    /// <param name="subject">The model and its data, whose first test examples are taken.</param>
    /// <param name="layers">The mixtures.</param>
    /// <param name="plan">A placement for each.</param>
    /// <param name="examples">How many examples at most.</param>
    /// <exception cref="FrugalException">A mixture has every expert compute every token, or an expert cannot be cut as planned.</exception>
    public static IReadOnlyList<ExpertTraffic> Of(Subject subject, IReadOnlyList<SelectedLayer<MixtureOfExperts>> layers, IReadOnlyList<ExpertPlacement> plan, int examples)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        bool wasTraining = subject.Model.training;
        subject.Model.eval();
        try
        {
            var inputs = InputsOf(subject, layers, examples, scope);
            return [.. layers.Select((layer, i) => Run(layer.Layer, inputs[i], plan[i]))];
        }
        finally
        {
            subject.Model.train(wasTraining);
        }
    }

    private static ExpertTraffic Run(MixtureOfExperts layer, Tensor input, ExpertPlacement placement)
    {
        using var run = new ExpertParallelRun(layer, placement.ExpertParallel, placement.Slices);
        run.Forward(input);
        return run.Traffic!;
    }

    private static Tensor[] InputsOf(Subject subject, IReadOnlyList<SelectedLayer<MixtureOfExperts>> layers, int examples, DisposeScope scope)
    {
        var inputs = new Tensor?[layers.Count];
        var hooks = layers.Select((layer, i) => layer.Layer.register_forward_pre_hook((_, input) =>
        {
            // Of a mixture that blocks share, what the first block gives it.
            inputs[i] ??= input.detach().clone().DetachFromDisposeScope();
            return input;
        })).ToList();
        try
        {
            var test = subject.Data.Test;
            var batch = new Loader(test, Math.Min(examples, test.Count), subject.Random).Epoch(0).First();
            subject.Model.call(batch.Inputs.to(subject.Device));
        }
        finally
        {
            hooks.ForEach(hook => hook.remove());
        }
        foreach (var (input, layer) in inputs.Zip(layers))
            scope.Attach(input ?? throw new FrugalException($"The mixture '{layer.Path}' did not run on the examples, so its plan cannot be run"));
        return inputs!;
    }
}

using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Graphs;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression;

/// <summary>
/// Sets the weights of the SNNK layer that gives the model's logits by ridge regression on the training examples, in closed form and without training (Sehanobish et al. 2024): one target of 1 among zeros for each
/// example.
/// </summary>
[Entry("fit-snnk", Paper = "snnk")]
[Capabilities(WorksOn = ["SnnkLinear"], CombinesWith = ["snnk", "bundle-snnk"], NeedsData = true)]
public sealed class FitSnnk : Step
{
    private const int BatchSize = 256;

    /// <summary>Ridge λ on the weights; the bias is not penalised.</summary>
    [Range(0, 1e9, AboveLow = true)]
    [Shorthand]
    public double Ridge { get; init => field = Guard.Between(Guard.Positive(value), 0, 1e9); } = 1e-3;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No SNNK layer with a bias gives the logits; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var layer = Last(subject);
        using var sums = Sums(subject, layer);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var solution = sums.Solve(Ridge);
        layer.Weights.copy_(solution.narrow(0, 0, layer.NumFeatures).t());
        layer.Bias!.copy_(solution[-1]);
        return subject;
    }

    private static SnnkLinear Last(Subject subject)
    {
        using var scope = NewDisposeScope();
        var model = subject.Model;
        var uses = new OutputUses(Graph.Capture(model, model.Example(1, subject.Device)));
        return LayerSelection.All.Of<SnnkLinear>(model).Where(layer => layer.Layer.HasBias && uses.IsResult(layer.Path)).Select(layer => layer.Layer).FirstOrDefault()
            ?? throw new FrugalException($"fit-snnk needs an SNNK layer with a bias that gives the logits of {model.GetName()}: let `snnk` and `bundle-snnk` come before");
    }

    private static RidgeSums Sums(Subject subject, SnnkLinear layer)
    {
        var (model, sums, seen) = (subject.Model, new RidgeSums(), (Tensor?)null);
        var hook = layer.register_forward_pre_hook((_, input) =>
        {
            seen = layer.Features(input).flatten(0, -2).DetachFromDisposeScope();
            return input;
        });
        bool wasTraining = model.training;
        model.eval();
        try
        {
            using var mode = no_grad();
            using var outer = NewDisposeScope();
            foreach (var batch in new Loader(subject.Data.Train, BatchSize, subject.Random).Epoch(0))
            {
                using var scope = NewDisposeScope();
                model.call(batch.Inputs.to(subject.Device));
                sums.Add(seen!, functional.one_hot(batch.Targets, layer.OutFeatures).to(subject.Device));
                seen!.Dispose();
                batch.Inputs.Dispose();
                batch.Targets.Dispose();
            }
            return sums;
        }
        finally
        {
            hook.remove();
            model.train(wasTraining);
        }
    }
}

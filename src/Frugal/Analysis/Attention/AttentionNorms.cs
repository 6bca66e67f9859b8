using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Analysis;

/// <summary>
/// Measures on training examples how large the queries and keys of a model's attention layers are, and says for each whether its gradient could be computed in nearly linear time (Hu et al. 2025). The
/// model stays as it is.
/// </summary>
/// <remarks>Queries and keys are taken with the logits' scale shared between them, d^(-1/4) each. Measures <c>gamma-query</c>, <c>gamma-key</c> and <c>gamma-threshold</c>, the largest over the layers.</remarks>
[Entry("attention-norms", Paper = "lora-limits")]
[Capabilities(WorksOn = ["SelfAttention"], CombinesWith = ["train", "lora"], NeedsData = true)]
public sealed class AttentionNorms : Step
{
    /// <summary>Training examples that are looked at.</summary>
    [Range(1, 1_000_000)]
    public int Examples { get; init => field = Guard.Between(value, 1, 1_000_000); } = 64;

    /// <summary>Largest error ε of an exponential that a polynomial in its place may make.</summary>
    [Range(0, 1, AboveLow = true)]
    public double Tolerance { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 0.01;

    /// <inheritdoc/>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var bounds = Measure(subject);
        foreach (var (path, bound) in bounds)
            subject.Report(new RunEvent.Note($"attention-norms: '{path}' has {bound}"));
        if (bounds.Count == 0)
        {
            subject.Report(new RunEvent.Note($"attention-norms: {subject.Model.GetName()} has no self-attention layer, so there is nothing to measure"));
            return subject;
        }
        subject.Metrics["gamma-query"] = bounds.Max(layer => layer.Bound.Query);
        subject.Metrics["gamma-key"] = bounds.Max(layer => layer.Bound.Key);
        subject.Metrics["gamma-threshold"] = bounds[0].Bound.Threshold;
        return subject;
    }

    private List<(string Path, NormBound Bound)> Measure(Subject subject)
    {
        var (model, bounds) = (subject.Model, new List<(string, NormBound)>());
        var hooks = LayerSelection.All.Of<SelfAttention>(model).Select(layer => ((Module<Tensor, Tensor>)ModuleSurgery.Find(layer.Layer, "qkv")).register_forward_hook((_, _, joint) =>
        {
            using var scope = NewDisposeScope();
            double share = Math.Pow(layer.Layer.HeadDim, -0.25);
            var parts = joint.detach().view(joint.shape[0], joint.shape[1], 3, -1, layer.Layer.HeadDim).unbind(2);
            bounds.Add((layer.Path, NormBound.Of(parts[0] * share, parts[1] * share, joint.shape[1], Tolerance)));
            return joint;
        })).ToList();
        bool wasTraining = model.training;
        model.eval();
        try
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            int count = Math.Min(Examples, subject.Data.Train.Count);
            model.call(new Loader(subject.Data.Train, count, subject.Random).Epoch(0).First().Inputs.to(subject.Device));
        }
        finally
        {
            hooks.ForEach(hook => hook.remove());
            model.train(wasTraining);
        }
        return bounds;
    }
}

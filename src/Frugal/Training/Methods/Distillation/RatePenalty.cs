using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Distillation;

/// <summary>Adds the bits that the latents of entropy bottlenecks take to the loss: the sum over the batch, as the rate of rate-distortion theory.</summary>
[Entry("rate-penalty", Paper = "entropic-student")]
[Unsupported("training", "acts on the entropy bottleneck that entropic-student puts in; that step trains with it")]
[Unsupported("resume", "acts on the entropy bottleneck that entropic-student puts in; that step trains with it")]
[Capabilities(WorksOn = ["EntropyBottleneck"], CombinesWith = ["distillation", "freeze", "entropic-student"])]
public sealed class RatePenalty : TrainingMethod
{
    private readonly List<(EntropyBottleneck Layer, LayerOutputs Latent)> observed = [];

    /// <summary>Factor on the bits, β; larger ones give fewer bytes.</summary>
    [Range(0, double.PositiveInfinity)]
    [Shorthand]
    public double Beta { get; init => field = Guard.NotNegative(value); } = 0.08;

    /// <inheritdoc/>
    public override Phase Phase => Phase.Loss;

    /// <inheritdoc/>
    public override Type After => typeof(KnowledgeDistillation);

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no entropy bottleneck.</exception>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        var found = LayerSelection.All.Of<EntropyBottleneck>(fit.Subject.Model);
        if (found.Count == 0)
            throw new FrugalException($"rate-penalty finds no entropy bottleneck in {fit.Subject.Model.GetName()}; entropic-student puts one in.");
        observed.AddRange(found.Select(layer => (layer.Layer, new LayerOutputs(fit.Subject.Model, [layer.Path]))));
    }

    /// <inheritdoc/>
    public override void OnLoss(Fit fit, ref Tensor loss)
    {
        using var scope = NewDisposeScope();
        foreach (var (layer, latent) in observed)
            loss = loss + Beta * layer.Bits(latent.Take(scope)[0]);
        loss = loss.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Release()
    {
        observed.ForEach(each => each.Latent.Dispose());
        observed.Clear();
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }
}

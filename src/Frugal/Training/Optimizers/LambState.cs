using Frugal.Layers.Surgery;
using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary><see cref="Lamb"/> at work.</summary>
internal sealed class LambState(Lamb options, IReadOnlyList<ParameterGroup> groups) : OptimizerState(groups, AdamMoments.Names)
{
    private readonly AdamMoments moments = new(options.Beta1, options.Beta2, options.Eps);
    private readonly TrustRatio trust = new(options.PhiLow, options.PhiHigh);

    protected override bool CountsSteps => true;

    protected override void BeforeUpdate()
    {
        if (options.MaxGradNorm is { } bound && Gradients.GlobalNorm(Groups) is var norm && norm > bound)
            Gradients.Scale(Groups, bound / norm);
    }

    protected override void Update(Slot slot, Tensor gradient, double lr)
    {
        double decay = slot.Group.Decays ? options.WeightDecay : 0;
        if (options.DecoupledDecay && decay != 0)
            slot.Value.mul_(1 - lr * decay);
        moments.Update(slot, gradient, options.GradAveraging ? 1 - options.Beta1 : 1);
        var (first, second) = options.BiasCorrection ? moments.Corrections(slot) : (1, 1);
        var update = slot.FromZero(0).div(moments.Denominator(slot, second));
        if (first != 1)
            update.div_(first);
        if (!options.DecoupledDecay && decay != 0)
            update.add_(slot.Value, alpha: decay);
        double ratio = Adapts(slot, decay) ? trust.Of(slot.Value, update) : 1;
        slot.Value.add_(update, alpha: -lr * (options.TrustClip ? Math.Min(ratio, 1) : ratio));
    }

    private bool Adapts(Slot slot, double decay) =>
        options.AlwaysAdapt || (options.AdaptExclude is { } excluded ? !excluded.Any(pattern => new NamePattern(pattern).Matches(slot.Name)) : decay != 0);
}

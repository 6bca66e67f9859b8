using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary><see cref="Lars"/> at work, in the original variant. The momentum buffer holds the rescaled gradient, but not the learning rate.</summary>
internal sealed class MomentumLarsState(Lars options, IReadOnlyList<ParameterGroup> groups) : OptimizerState(groups, "momentum_buffer")
{
    protected override void Update(Slot slot, Tensor gradient, double lr)
    {
        double decay = slot.Group.Decays ? options.WeightDecay : 0;
        if (decay != 0 || options.AlwaysAdapt)
        {
            double ratio = Ratio(slot.Value.Norm(), gradient.Norm(), decay);
            if (options.TrustClip)
                ratio = Math.Min(ratio / lr, 1);
            gradient = (decay != 0 ? gradient.add(slot.Value, alpha: decay) : gradient).mul(ratio);
        }
        slot.Value.add_(slot.Momentum(0, gradient, options.Momentum, options.Dampening, options.Nesterov), alpha: -lr);
    }

    private double Ratio(double weightNorm, double gradientNorm, double decay) => weightNorm > 0 && gradientNorm > 0
        ? options.TrustCoeff * weightNorm / (gradientNorm + decay * weightNorm + options.Eps)
        : 1;
}

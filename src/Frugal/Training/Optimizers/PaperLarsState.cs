using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary><see cref="Lars"/> at work, as algorithm 1 of the LAMB paper has it.</summary>
internal sealed class PaperLarsState(Lars options, IReadOnlyList<ParameterGroup> groups) : OptimizerState(groups, "exp_avg")
{
    private readonly TrustRatio trust = new(options.PhiLow, options.PhiHigh);

    protected override void Update(Slot slot, Tensor gradient, double lr)
    {
        double decay = slot.Group.Decays ? options.WeightDecay : 0;
        if (decay != 0)
            gradient = gradient.add(slot.Value, alpha: decay);
        var momentum = slot.FromZero(0).mul_(options.Momentum).add_(gradient, alpha: 1 - options.Momentum);
        double ratio = slot.Group.Decays || options.AlwaysAdapt ? trust.Of(slot.Value, momentum) : 1;
        slot.Value.add_(momentum, alpha: -lr * ratio);
    }
}

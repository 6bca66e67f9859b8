using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary><see cref="Sgd"/> at work.</summary>
internal sealed class SgdState(Sgd options, IReadOnlyList<ParameterGroup> groups) : OptimizerState(groups, "momentum_buffer")
{
    protected override void Update(Slot slot, Tensor gradient, double lr)
    {
        if (options.WeightDecay != 0 && slot.Group.Decays)
            gradient = gradient.add(slot.Value, alpha: options.WeightDecay);
        slot.Value.add_(slot.Momentum(0, gradient, options.Momentum, options.Dampening, options.Nesterov), alpha: -lr);
    }
}

using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary><see cref="Adam"/> and <see cref="AdamW"/> at work.</summary>
/// <param name="groups">The parameters.</param>
/// <param name="moments">How the moments move.</param>
/// <param name="penalty">L2 penalty, added to the gradient.</param>
/// <param name="decay">Decoupled decay, taken off the weights.</param>
internal sealed class AdamState(IReadOnlyList<ParameterGroup> groups, AdamMoments moments, double penalty, double decay)
    : OptimizerState(groups, AdamMoments.Names)
{
    protected override bool CountsSteps => true;

    internal override bool DecaysMasked => true;

    protected override void Update(Slot slot, Tensor gradient, double lr)
    {
        if (slot.Group.Decays && decay != 0)
            slot.Value.mul_(1 - lr * decay);
        if (slot.Group.Decays && penalty != 0)
            gradient = gradient.add(slot.Value, alpha: penalty);
        var direction = slot.MaskedDecay is { } masked ? moments.UpdateMasked(slot, gradient, masked) : moments.Update(slot, gradient, 1 - moments.Beta1);
        var (first, second) = moments.Corrections(slot);
        slot.Value.addcdiv_(direction, moments.Denominator(slot, second), -lr / first);
    }
}

using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary>Momentum as PyTorch's SGD defines it, which LARS shares.</summary>
internal static class SlotMomentum
{
    /// <summary>The direction to step along: the gradient itself without momentum, otherwise the buffer, which starts as the first gradient.</summary>
    public static Tensor Momentum(this Slot slot, int buffer, Tensor gradient, double momentum, double dampening, bool nesterov)
    {
        if (momentum == 0)
            return gradient;
        var kept = slot[buffer]?.mul_(momentum).add_(gradient, alpha: 1 - dampening) ?? slot.StartFrom(buffer, gradient);
        return nesterov ? gradient.add(kept, alpha: momentum) : kept;
    }
}

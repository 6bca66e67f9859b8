using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>Solves <c>f(x) = target</c> for many numbers at once, where f rises.</summary>
internal static class Bisection
{
    private const int Doublings = 60, Halvings = 60;

    /// <summary>The solutions, of the targets' shape and type.</summary>
    /// <param name="rising">The function, entry by entry.</param>
    /// <param name="targets">What it is to give.</param>
    public static Tensor Solve(Func<Tensor, Tensor> rising, Tensor targets)
    {
        using var scope = NewDisposeScope();
        Tensor low = full_like(targets, -1), high = ones_like(targets);
        for (int i = 0; i < Doublings; i++)
        {
            Tensor above = rising(low).gt(targets), below = rising(high).lt(targets);
            if (!above.logical_or(below).any().item<bool>())
                break;
            (low, high) = (where(above, low * 2, low), where(below, high * 2, high));
        }
        for (int i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            var isLow = rising(middle).lt(targets);
            (low, high) = (where(isLow, middle, low), where(isLow, high, middle));
        }
        return ((low + high) / 2).MoveToOuterDisposeScope();
    }
}

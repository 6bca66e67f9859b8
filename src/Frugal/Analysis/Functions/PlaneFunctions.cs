using static TorchSharp.torch;

namespace Frugal.Analysis;

/// <summary>Functions on [-1, 1]² that different families of edges are good at: a smooth one, waves, one with a jump and a crease, and two narrow bumps.</summary>
internal static class PlaneFunctions
{
    /// <summary>How many there are.</summary>
    public const int Count = 4;

    /// <summary>Values of one.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <param name="points"><c>[rows, 2]</c>.</param>
    /// <returns><c>[rows, 1]</c>.</returns>
    public static Tensor Of(int index, Tensor points)
    {
        using var scope = NewDisposeScope();
        Tensor x = points.narrow(1, 0, 1), y = points.narrow(1, 1, 1);
        return (index switch
        {
            0 => ((Math.PI * x).sin() + y.square()).exp(),
            1 => 0.5 * (6 * Math.PI * x).sin() + 0.5 * (4 * Math.PI * y).cos(),
            2 => 0.8 * (3 * x).sin().sign() + y.abs(),
            _ => (-50 * (x - 0.3).square()).exp() + (-80 * (y + 0.4).square()).exp(),
        }).MoveToOuterDisposeScope();
    }
}

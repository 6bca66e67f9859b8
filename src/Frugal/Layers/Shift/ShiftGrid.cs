using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>Powers of two that are nearest to given weights.</summary>
public static class ShiftGrid
{
    private const int ScalesOfOctave = 16;

    /// <summary>
    /// Each row's nearest values <c>±α 2^S</c>, S from 0 to K, with the scale α of the least squared error among sixteen of each octave from the largest weight over 2^(K+1) up to the largest weight itself.
    /// </summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="bits">Bits of a value, n: K is 2^(n-1) - 1.</param>
    public static Tensor Nearest(Tensor weight, int bits)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        int largestShift = DenseShiftMath.NumShiftLatents(bits);
        var exact = weight.detach().to(float64);
        var largest = exact.abs().amax([1], keepdim: true).clamp_min(double.Epsilon);
        Tensor best = zeros_like(exact), error = full_like(largest, double.PositiveInfinity);
        for (int i = 0; i <= (largestShift + 1) * ScalesOfOctave; i++)
        {
            var rounded = Round(exact, largest * Math.Pow(2, -(double)i / ScalesOfOctave), largestShift);
            var squares = (rounded - exact).square().sum(1, keepdim: true);
            best = where(squares.lt(error), rounded, best);
            error = minimum(squares, error);
        }
        return best.to(weight.dtype).MoveToOuterDisposeScope();
    }

    // The middle between 2^S and 2^(S+1) is 1.5 · 2^S. Zero counts as positive, as a latent sign does.
    private static Tensor Round(Tensor weight, Tensor scale, int largestShift)
    {
        var shifts = (weight.abs() / scale / 1.5).log2().floor().add(1).clamp(0, largestShift);
        return (weight.ge(0).to(weight.dtype) * 2 - 1) * scale * shifts.exp2();
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Weights of powers of two without a zero, ±2^S with S from 0 to 2^(n-1) - 1 in n bits, out of a latent tensor for the sign and K = 2^(n-1) - 1 latent tensors for the shift
/// (Li et al. 2022, "DenseShift", arXiv 2208.09708).
/// </summary>
public static class DenseShiftMath
{
    /// <summary>Number K of latent tensors that the shift of a weight of <paramref name="bits"/> bits comes from.</summary>
    public static int NumShiftLatents(int bits) => (1 << (bits - 1)) - 1;

    /// <summary>+1 where the latent is at least 0, -1 elsewhere.</summary>
    public static Tensor Signs(Tensor sign)
    {
        ArgumentNullException.ThrowIfNull(sign);
        using var scope = NewDisposeScope();
        return sign.detach().ge(0).to(sign.dtype).mul_(2).sub_(1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The shifts S, whole numbers in the latents' type: <c>S_j = (S_{j-1} + 1) H(t_j)</c> from <c>S_0 = 0</c>, where H is 1 above 0 and 0 elsewhere. That is the length of the run of positive
    /// entries at the end of <c>t_1 … t_K</c>.
    /// </summary>
    public static Tensor Shifts(IReadOnlyList<Tensor> shifts)
    {
        ArgumentNullException.ThrowIfNull(shifts);
        using var scope = NewDisposeScope();
        var run = zeros_like(shifts[0]);
        foreach (var latent in shifts)
            run = (run + 1) * IsPositive(latent);
        return run.detach().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The weight <c>s · 2^S</c>, exact. Gradients flow as if it were <c>s √(S+1)</c>, straight through both steps (derivative 1, without clipping): the factors 2^S would differ by up to
    /// 2^(2^(n-1) - 1) between weights, and training diverges.
    /// </summary>
    /// <param name="sign">Latent of the sign, of any shape.</param>
    /// <param name="shifts">Latents of the shift, of the same shape.</param>
    public static Tensor Weight(Tensor sign, IReadOnlyList<Tensor> shifts)
    {
        ArgumentNullException.ThrowIfNull(shifts);
        using var scope = NewDisposeScope();
        Tensor signs = Signs(sign), run = Shifts(shifts), value = signs * run.exp2();
        return (is_grad_enabled() ? value + PathOfGradients(sign, shifts, signs, run) : value).MoveToOuterDisposeScope();
    }

    /// <summary>The codes <c>(sign &lt;&lt; (n-1)) | S</c> of one byte each, where a sign bit of 1 means negative.</summary>
    public static Tensor Codes(Tensor sign, IReadOnlyList<Tensor> shifts, int bits)
    {
        ArgumentNullException.ThrowIfNull(sign);
        using var scope = NewDisposeScope();
        return (sign.detach().lt(0).to(uint8) * (1 << (bits - 1)) + Shifts(shifts).to(uint8)).to(uint8).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A number times a weight without a multiplication: the shift is added to the exponent and the sign exchanged. Exact unless the exponent runs over; zeros and subnormal numbers give 0.
    /// </summary>
    /// <param name="number">The number.</param>
    /// <param name="code">The weight's code.</param>
    /// <param name="bits">Bits of the code.</param>
    public static float Multiply(float number, int code, int bits)
    {
        const int Mantissa = 23, Exponent = 0xFF << Mantissa;
        int pattern = BitConverter.SingleToInt32Bits(number);
        return (pattern & Exponent) == 0
            ? 0
            : BitConverter.Int32BitsToSingle(pattern + ((code & ((1 << (bits - 1)) - 1)) << Mantissa) ^ code >> (bits - 1) << 31);
    }

    // A sum that is exactly zero and whose derivatives are those of the class comment: g r for the sign, and for t_j the derivative g s / 2r by S, passed down through the later H(t_i).
    private static Tensor PathOfGradients(Tensor sign, IReadOnlyList<Tensor> shifts, Tensor signs, Tensor run)
    {
        var root = (run + 1).sqrt();
        var path = sign * root;
        var passed = signs / (2 * root);
        var before = RunsBefore(shifts);
        for (int j = shifts.Count - 1; j >= 0; j--)
        {
            path += shifts[j] * (passed * (before[j] + 1));
            passed *= IsPositive(shifts[j]);
        }
        return path - path.detach();
    }

    // S_{j-1} for each j.
    private static List<Tensor> RunsBefore(IReadOnlyList<Tensor> shifts)
    {
        var runs = new List<Tensor> { zeros_like(shifts[0]) };
        foreach (var latent in shifts.SkipLast(1))
            runs.Add((runs[^1] + 1) * IsPositive(latent));
        return runs;
    }

    private static Tensor IsPositive(Tensor latent) => latent.detach().gt(0).to(latent.dtype);
}

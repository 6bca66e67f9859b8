using static TorchSharp.torch;

namespace Frugal.Native;

/// <summary>
/// Whether oneDNN computes a convolution rightly whose input channels fill no block of sixteen. oneDNN 3.7.1, as libtorch 2.10 has it, was seen not to on a processor of AMD with AVX-512, in a virtual machine that tells nothing of its caches: what the last channels
/// add to the output was wrong, every time.
/// </summary>
internal static class OneDnnTrial
{
    /// <summary>Tries it on whole numbers small enough that every order of summation is exact.</summary>
    public static bool Passes()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var image = Numbers([2, 24, 6, 6]);
        using var kernel = Numbers([16, 24, 3, 3]);
        using var exact = nn.functional.conv2d(image.to(float64), kernel.to(float64));
        return nn.functional.conv2d(image, kernel).to(float64).eq(exact).all().item<bool>();
    }

    // Not drawn: loading must not move libtorch's stream of random numbers.
    private static Tensor Numbers(long[] shape) => (arange(shape.Aggregate((product, side) => product * side)) * 7 % 13 - 6).to(float32).reshape(shape);
}

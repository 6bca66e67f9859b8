using Frugal.Catalogue;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// Root-mean-square normalisation (Zhang and Sennrich 2019, arXiv 1910.07467): <c>weight ⊙ x / √(mean(x²) + eps)</c> over the last axis, <c>[…, dim]</c> to the same shape. Statistics are
/// computed in single precision and the result is cast back before the weight is applied.
/// </summary>
[Entry("rms-norm")]
public sealed class RmsNorm : Layer
{
    private readonly Parameter weight;

    /// <param name="dim">Width of the last axis.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    public RmsNorm([Range(1, 1e6)] long dim, [Range(0, 1)] double epsilon = 1e-6) : base(nameof(RmsNorm))
    {
        Dim = Guard.Between(dim, 1, 1_000_000, nameof(dim));
        Epsilon = Guard.Between(epsilon, 0, 1, nameof(epsilon));
        weight = Parameter(ones(dim));
        RegisterComponents();
    }

    /// <summary>Width of the last axis.</summary>
    public long Dim { get; }

    /// <summary>Added to the mean square.</summary>
    public double Epsilon { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var precise = input.dtype == ScalarType.Float64 ? input : input.to(ScalarType.Float32);
        var normalised = precise * (precise.square().mean([-1], keepdim: true) + Epsilon).rsqrt();
        return (normalised.to(input.dtype) * weight).MoveToOuterDisposeScope();
    }
}

using Frugal.Catalogue;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// Generalized divisive normalization without squares, <c>y_i = x_i / (beta_i + sum_j gamma_ij |x_j|)</c>, or its counterpart that multiplies (Johnston et al. 2019); <c>[batch, channels, height, width]</c>
/// to the same. Weight names as in CompressAI: <c>beta</c>, <c>gamma</c>, both stored as the roots of what they stand for, so that they stay positive.
/// </summary>
[Entry("gdn1", Paper = "entropic-student")]
public sealed class Gdn1 : Layer
{
    private const double Pedestal = 1.0 / (1L << 36), LeastBeta = 1e-6, InitialGamma = 0.1;
    private static readonly double betaBound = Math.Sqrt(LeastBeta + Pedestal), gammaBound = Math.Sqrt(Pedestal);
    private Parameter beta, gamma;

    /// <param name="channels">Channels of the input.</param>
    /// <param name="isInverse">True to multiply instead of dividing, as decoders do.</param>
    public Gdn1([Range(1, 65_536)] long channels, bool isInverse = false) : base(nameof(Gdn1))
    {
        (Channels, IsInverse) = (Guard.Between(channels, 1, 65_536, nameof(channels)), isInverse);
        using var scope = NewDisposeScope();
        beta = DenseLayer.ParameterOf((ones(channels) + Pedestal).sqrt());
        gamma = DenseLayer.ParameterOf((eye(channels) * InitialGamma + Pedestal).sqrt());
        RegisterComponents();
    }

    /// <summary>Channels of the input.</summary>
    public long Channels { get; }

    /// <summary>True to multiply instead of dividing.</summary>
    public bool IsInverse { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var norm = functional.conv2d(input.abs(), Positive(gamma, gammaBound).reshape(Channels, Channels, 1, 1), Positive(beta, betaBound));
        return (IsInverse ? input * norm : input / norm).MoveToOuterDisposeScope();
    }

    private static Tensor Positive(Tensor root, double bound) => LowerBound.Of(root, bound).square() - Pedestal;
}

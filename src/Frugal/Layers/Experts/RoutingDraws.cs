using static TorchSharp.torch;

namespace Frugal.Layers.Experts;

/// <summary>The random numbers of routers: from libtorch's generator, as dropout's, which training seeds for every update. Derive from it to hand in numbers of your own.</summary>
public class RoutingDraws
{
    private const double Smallest = 1e-20;

    /// <summary>Uniform in [0, 1), for the second choice and for the order in which tokens find room; of the logits' type.</summary>
    /// <param name="shape">Shape of the result.</param>
    /// <param name="like">A tensor whose type and device the result has.</param>
    public virtual Tensor Uniform(long[] shape, Tensor like)
    {
        ArgumentNullException.ThrowIfNull(like);
        return rand(shape, dtype: like.dtype, device: like.device);
    }

    /// <summary>Standard normal, for noise on logits.</summary>
    /// <inheritdoc cref="Uniform"/>
    public virtual Tensor Normal(long[] shape, Tensor like)
    {
        ArgumentNullException.ThrowIfNull(like);
        return randn(shape, dtype: like.dtype, device: like.device);
    }

    /// <summary>Gumbel, −log(−log u): the largest of logits plus such noise is a draw from their softmax.</summary>
    /// <inheritdoc cref="Uniform"/>
    public virtual Tensor Gumbel(long[] shape, Tensor like)
    {
        ArgumentNullException.ThrowIfNull(like);
        using var scope = NewDisposeScope();
        return (-(-rand(shape, dtype: like.dtype, device: like.device).clamp_min(Smallest).log()).clamp_min(Smallest).log()).MoveToOuterDisposeScope();
    }
}

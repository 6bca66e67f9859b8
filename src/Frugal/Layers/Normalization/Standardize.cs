using Frugal.Catalogue;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>Takes a fixed mean from each feature and divides it by a fixed deviation, <c>[…, dim]</c> to the same. Nothing is trained. Buffers: <c>mean</c>, <c>deviation</c>, both <c>[dim]</c>.</summary>
[Entry("standardize")]
[Capabilities(CombinesWith = ["key-value-head", "mlp-head"])]
public sealed class Standardize : Layer
{
    private Tensor mean, deviation;

    /// <param name="dim">Number of features.</param>
    public Standardize([Range(1, 1e6)] long dim) : base(nameof(Standardize))
    {
        Dim = Guard.Between(dim, 1, 1_000_000, nameof(dim));
        mean = zeros(dim).DetachFromDisposeScope();
        deviation = ones(dim).DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <summary>Number of features.</summary>
    public long Dim { get; }

    /// <summary>A layer that gives these features mean 0 and deviation 1; one that does not vary is only centred.</summary>
    /// <param name="features"><c>[rows, dim]</c>.</param>
    public static Standardize Of(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var layer = new Standardize(features.shape[1]);
        layer.to(features.device, features.dtype);
        var spread = (features - features.mean([0])).square().mean([0]).sqrt();
        layer.mean.copy_(features.mean([0]));
        layer.deviation.copy_(where(spread.gt(0), spread, ones_like(spread)));
        return layer;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var centred = input - mean;
        return centred / deviation;
    }
}

using Frugal.Layers.Experts;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Experts;

/// <summary>Random numbers that a golden case has written down, instead of drawn ones.</summary>
internal sealed class GivenDraws : RoutingDraws
{
    public Tensor? Uniforms { get; init; }

    public Tensor? Normals { get; init; }

    public Tensor? Gumbels { get; init; }

    public override Tensor Uniform(long[] shape, Tensor like) => Uniforms!.reshape(shape);

    public override Tensor Normal(long[] shape, Tensor like) => Normals!.reshape(shape);

    public override Tensor Gumbel(long[] shape, Tensor like) => Gumbels!.reshape(shape);
}

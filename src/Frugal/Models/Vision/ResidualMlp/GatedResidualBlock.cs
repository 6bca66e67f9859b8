using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>A gated block of <see cref="ResidualMlp"/>: <c>x + mlp(norm(x))</c>, <c>[batch, width]</c> to the same.</summary>
internal sealed class GatedResidualBlock : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> norm, mlp;

    public GatedResidualBlock(long width, long hidden) : base(nameof(GatedResidualBlock))
    {
        norm = LayerNorm(width);
        mlp = new GatedFeedForward(width, hidden, SiLU());
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return (input + mlp.call(norm.call(input))).MoveToOuterDisposeScope();
    }
}

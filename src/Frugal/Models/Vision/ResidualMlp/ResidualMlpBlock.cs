using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>A block of <see cref="ResidualMlp"/>: <c>x + fc2(act(fc1(norm(x))))</c>, <c>[batch, width]</c> to the same.</summary>
internal sealed class ResidualMlpBlock : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> norm, fc1, act, fc2;

    public ResidualMlpBlock(long width, long hidden, Activation activation) : base(nameof(ResidualMlpBlock))
    {
        norm = LayerNorm(width);
        fc1 = Linear(width, hidden);
        act = ActivationLayer.Of(activation);
        fc2 = Linear(hidden, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return (input + fc2.call(act.call(fc1.call(norm.call(input))))).MoveToOuterDisposeScope();
    }
}

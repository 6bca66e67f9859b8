using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Layers.Surgery;

/// <summary>Attention that counts on its number of heads.</summary>
internal sealed class FixedHeads : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> qkv = Linear(8, 24), proj = Linear(8, 8), head = Linear(8, 3);

    public FixedHeads() : base(nameof(FixedHeads)) => RegisterComponents();

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var joint = qkv.call(input);
        // Four heads, however wide the layer is: with two heads gone this still runs, and computes something else.
        var parts = joint.view(joint.shape[0], joint.shape[1], 3, 4, joint.shape[2] / 12).permute(2, 0, 3, 1, 4).unbind(0);
        var mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]).transpose(1, 2).flatten(2);
        return head.call(proj.call(mixed)).MoveToOuterDisposeScope();
    }
}

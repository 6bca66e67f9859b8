using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// Halves an image without a larger kernel: two 1x1 convolutions of stride 2, the second one place further down and across, each for half of the channels, and a norm. <c>[b, in, h, w]</c> to
/// <c>[b, out, ⌈h / 2⌉, ⌈w / 2⌉]</c>; an odd side, which DARTS does not have, is filled up with zeros for the second.
/// </summary>
internal sealed class FactorizedReduce : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> relu, conv_1, conv_2, bn;

    public FactorizedReduce(CellParts parts, long inChannels, long outChannels) : base(nameof(FactorizedReduce))
    {
        relu = ReLU();
        conv_1 = parts.Convolution(inChannels, outChannels / 2, 1, stride: 2);
        conv_2 = parts.Convolution(inChannels, outChannels - outChannels / 2, 1, stride: 2);
        bn = parts.Norm(outChannels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = relu.call(input);
        long height = x.shape[2], width = x.shape[3];
        var even = height % 2 + width % 2 == 0 ? x : functional.pad(x, [0, width % 2, 0, height % 2]);
        var further = even.slice(2, 1, even.shape[2], 1).slice(3, 1, even.shape[3], 1);
        return bn.call(cat([conv_1.call(x), conv_2.call(further)], 1)).MoveToOuterDisposeScope();
    }
}

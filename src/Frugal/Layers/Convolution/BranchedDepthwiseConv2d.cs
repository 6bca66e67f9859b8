using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Two depthwise convolutions side by side, of 7x7, <c>conv</c>, and of 3x3, <c>conv1</c>, each with a batch norm, summed: <c>[b, in, h, w]</c> to <c>[b, out, h / stride, w / stride]</c>, rounded up.</summary>
public sealed class BranchedDepthwiseConv2d : Module<Tensor, Tensor>, IFusedConvolution
{
    /// <summary>Side of the larger kernel.</summary>
    public const long LargeKernel = 7;

    private const long SmallKernel = 3;

    private Module<Tensor, Tensor> conv, conv1;

    /// <param name="inChannels">Channels of the input, each seen alone.</param>
    /// <param name="outChannels">Channels of the output, a multiple of the input's.</param>
    /// <param name="stride">Step.</param>
    public BranchedDepthwiseConv2d(long inChannels, long outChannels, long stride = 1) : base(nameof(BranchedDepthwiseConv2d))
    {
        if (outChannels % inChannels != 0)
            throw new FrugalException($"a depthwise convolution makes a multiple of its {inChannels} channels, not {outChannels}");
        conv = new ConvNorm2d(inChannels, outChannels, LargeKernel, stride, inChannels);
        conv1 = new ConvNorm2d(inChannels, outChannels, SmallKernel, stride, inChannels);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Conv2d Fused()
    {
        if (conv is not IFusedConvolution large || conv1 is not IFusedConvolution small)
            throw new FrugalException("A branch was replaced, and cannot become one convolution any more.");
        using Conv2d first = large.Fused(), second = small.Fused();
        return ConvolutionFusion.Sum(first, second);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return (conv.call(input) + conv1.call(input)).MoveToOuterDisposeScope();
    }
}

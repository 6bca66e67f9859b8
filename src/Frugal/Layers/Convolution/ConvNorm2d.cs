using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>A convolution without a bias and the batch norm behind it. Names: <c>c</c>, <c>bn</c>.</summary>
public sealed class ConvNorm2d : Module<Tensor, Tensor>, IFusedConvolution
{
    private Module<Tensor, Tensor> c, bn;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Side of the kernel, an odd number; the image is padded by half of it.</param>
    /// <param name="stride">Step.</param>
    /// <param name="groups">Groups of channels that do not see each other.</param>
    public ConvNorm2d(long inChannels, long outChannels, long kernelSize = 1, long stride = 1, long groups = 1) : base(nameof(ConvNorm2d))
    {
        c = Conv2d(inChannels, outChannels, kernelSize, stride, kernelSize / 2, groups: groups, bias: false);
        bn = BatchNorm2d(outChannels);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Conv2d Fused() => c is Conv2d convolution && bn is BatchNorm2d norm
        ? ConvolutionFusion.WithNormBehind(convolution, norm)
        : throw ConvolutionFusion.Replaced();

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return bn.call(c.call(input)).MoveToOuterDisposeScope();
    }
}

using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>A batch norm and the 1x1 convolution without a bias behind it. Names: <c>bn</c>, <c>c</c>.</summary>
public sealed class NormConv2d : Module<Tensor, Tensor>, IFusedConvolution
{
    private Module<Tensor, Tensor> bn, c;

    /// <param name="channels">Channels of input and output.</param>
    public NormConv2d(long channels) : base(nameof(NormConv2d))
    {
        bn = BatchNorm2d(channels);
        c = Conv2d(channels, channels, 1, bias: false);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Conv2d Fused() => c is Conv2d convolution && bn is BatchNorm2d norm
        ? ConvolutionFusion.WithNormBefore(norm, convolution)
        : throw ConvolutionFusion.Replaced();

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return c.call(bn.call(input)).MoveToOuterDisposeScope();
    }
}

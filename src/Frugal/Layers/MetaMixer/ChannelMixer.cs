using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// The feed-forward block of FFNet: a depthwise convolution, then <c>[b, dim, h, w]</c> to <c>[b, hiddenDim, h, w]</c> and back by 1x1 convolutions with an activation between. Names: <c>conv</c>, <c>fc1</c>, <c>fc2</c>.
/// </summary>
public sealed class ChannelMixer : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> conv, fc1, act, fc2;

    /// <param name="dim">Channels.</param>
    /// <param name="hiddenDim">Channels between.</param>
    /// <param name="kernelSize">Side of the depthwise kernel, odd; 7 has two branches.</param>
    /// <param name="activation">The non-linearity.</param>
    public ChannelMixer(long dim, long hiddenDim, long kernelSize, Activation activation) : base(nameof(ChannelMixer))
    {
        conv = kernelSize == BranchedDepthwiseConv2d.LargeKernel ? new BranchedDepthwiseConv2d(dim, dim) : new ConvNorm2d(dim, dim, kernelSize, groups: dim);
        fc1 = Conv2d(dim, hiddenDim, 1);
        act = ActivationLayer.Of(activation);
        fc2 = Conv2d(hiddenDim, dim, 1);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return fc2.call(act.call(fc1.call(conv.call(input)))).MoveToOuterDisposeScope();
    }
}

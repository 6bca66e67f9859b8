using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>Two 3x3 convolutions around a shortcut: <c>[b, c, h, w]</c> to <c>[b, width, h / stride, w / stride]</c>.</summary>
internal sealed class BasicBlock : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> conv1, bn1, act1, conv2, bn2, drop_path, act2;
    private Module<Tensor, Tensor>? downsample;

    public BasicBlock(long inChannels, long width, long stride, Module<Tensor, Tensor>? downsample, double dropPathRate) : base(nameof(BasicBlock))
    {
        conv1 = Conv2d(inChannels, width, 3, stride: stride, padding: 1, bias: false);
        bn1 = BatchNorm2d(width);
        act1 = ReLU();
        conv2 = Conv2d(width, width, 3, padding: 1, bias: false);
        bn2 = BatchNorm2d(width);
        drop_path = new DropPath(dropPathRate);
        act2 = ReLU();
        this.downsample = downsample;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var residual = act1.call(bn1.call(conv1.call(input)));
        residual = drop_path.call(bn2.call(conv2.call(residual)));
        var shortcut = downsample is null ? input : downsample.call(input);
        return act2.call(residual + shortcut).MoveToOuterDisposeScope();
    }
}

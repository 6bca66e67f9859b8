using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// 1x1, 3x3 and 1x1 convolutions around a shortcut: <c>[b, c, h, w]</c> to <c>[b, 4 width, h / stride, w / stride]</c>. The stride is in the 3x3
/// convolution ("ResNet v1.5"), as in the published weights of torchvision and timm; the paper has it in the first.
/// </summary>
internal sealed class BottleneckBlock : Module<Tensor, Tensor>
{
    public const int Expansion = 4;
    private Module<Tensor, Tensor> conv1, bn1, act1, conv2, bn2, act2, conv3, bn3, drop_path, act3;
    private Module<Tensor, Tensor>? downsample;

    public BottleneckBlock(long inChannels, long width, long stride, Module<Tensor, Tensor>? downsample, double dropPathRate)
        : base(nameof(BottleneckBlock))
    {
        conv1 = Conv2d(inChannels, width, 1, bias: false);
        bn1 = BatchNorm2d(width);
        act1 = ReLU();
        conv2 = Conv2d(width, width, 3, stride: stride, padding: 1, bias: false);
        bn2 = BatchNorm2d(width);
        act2 = ReLU();
        conv3 = Conv2d(width, Expansion * width, 1, bias: false);
        bn3 = BatchNorm2d(Expansion * width);
        drop_path = new DropPath(dropPathRate);
        act3 = ReLU();
        this.downsample = downsample;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var residual = act1.call(bn1.call(conv1.call(input)));
        residual = act2.call(bn2.call(conv2.call(residual)));
        residual = drop_path.call(bn3.call(conv3.call(residual)));
        var shortcut = downsample is null ? input : downsample.call(input);
        return act3.call(residual + shortcut).MoveToOuterDisposeScope();
    }
}

using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>Builds the stages of a <see cref="ResNet"/>.</summary>
internal sealed class ResNetBlocks(ResNetConfig config)
{
    private readonly int total = config.Depths.Sum();
    private int built;

    /// <summary>One stage, <c>Sequential</c> with a block a number; <paramref name="channels"/> goes from those before the stage to those after.</summary>
    public Module<Tensor, Tensor> Stage(int stage, ref long channels)
    {
        long width = (long)config.Width << stage;
        var blocks = new List<Module<Tensor, Tensor>>();
        for (int block = 0; block < config.Depths[stage]; block++)
        {
            long stride = stage > 0 && block == 0 ? 2 : 1;
            blocks.Add(Block(ref channels, width, stride));
        }
        return Sequential(blocks);
    }

    private Module<Tensor, Tensor> Block(ref long channels, long width, long stride)
    {
        bool basic = config.Block == ResidualBlock.Basic;
        long before = channels;
        channels = basic ? width : BottleneckBlock.Expansion * width;
        double dropPathRate = total > 1 ? config.DropPathRate * built / (total - 1) : config.DropPathRate;
        built++;
        var shortcut = stride == 1 && before == channels ? null : Shortcut(before, channels, stride);
        return basic ? new BasicBlock(before, width, stride, shortcut, dropPathRate) : new BottleneckBlock(before, width, stride, shortcut, dropPathRate);
    }

    private Module<Tensor, Tensor> Shortcut(long before, long after, long stride)
    {
        if (config.Shortcut == ResNetShortcut.Projection)
            return Sequential(Conv2d(before, after, 1, stride: stride, bias: false), BatchNorm2d(after));
        return before <= after
            ? new ZeroPaddingShortcut(before, after, stride)
            : throw new FrugalException($"resnet: a zero-padding shortcut adds channels and cannot go from {before} to {after}; make width at least {before}, or use shortcut: projection");
    }
}

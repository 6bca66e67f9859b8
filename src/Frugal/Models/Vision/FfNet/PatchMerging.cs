using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>Halves the image and changes its width: a depthwise convolution with a stride of 2, <c>proj.0</c>, and a 1x1 convolution around a shortcut, <c>proj.1</c>.</summary>
internal sealed class PatchMerging : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> proj;

    public PatchMerging(long inChannels, long outChannels) : base(nameof(PatchMerging))
    {
        proj = Sequential(new BranchedDepthwiseConv2d(inChannels, outChannels, stride: 2), new ShortcutConv2d(outChannels));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => proj.call(input);
}

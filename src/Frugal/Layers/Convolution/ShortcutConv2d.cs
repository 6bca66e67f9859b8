using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>A batch norm and a 1x1 convolution, <c>conv</c>, and a shortcut around both.</summary>
public sealed class ShortcutConv2d : Module<Tensor, Tensor>, IFusedConvolution
{
    private Module<Tensor, Tensor> conv;

    /// <param name="channels">Channels of input and output.</param>
    public ShortcutConv2d(long channels) : base(nameof(ShortcutConv2d))
    {
        conv = new NormConv2d(channels);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Conv2d Fused()
    {
        if (conv is not IFusedConvolution branch)
            throw new FrugalException("A branch was replaced, and cannot become one convolution any more.");
        using var fused = branch.Fused();
        return ConvolutionFusion.WithShortcut(fused);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return (conv.call(input) + input).MoveToOuterDisposeScope();
    }
}

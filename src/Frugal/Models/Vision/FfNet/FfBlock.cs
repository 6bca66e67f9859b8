using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>A block of FFNet: FFNified attention, then a channel mixer, each around a shortcut. Names: <c>token_mixer.0.main</c>, <c>channel_mixer.main</c>.</summary>
internal sealed class FfBlock : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> token_mixer, channel_mixer;

    public FfBlock(FfBlockOptions options) : base(nameof(FfBlock))
    {
        long dim = options.Dim;
        var attention = new ScaledBranch(new FfnifiedAttention(dim, options.KernelSize1, options.KernelSize2, options.Activation, options.Mixing), dim, options.LayerScale, options.DropPathRate);
        token_mixer = options.HasSqueezeExcite ? Sequential(attention, new SqueezeExcite(dim)) : Sequential(attention);
        channel_mixer = new ScaledBranch(new ChannelMixer(dim, options.ExpansionRatio * dim, options.KernelSize, options.Activation), dim, options.LayerScale, options.DropPathRate);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return channel_mixer.call(token_mixer.call(input)).MoveToOuterDisposeScope();
    }
}

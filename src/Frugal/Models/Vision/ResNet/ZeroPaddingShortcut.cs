using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// The shortcut without parameters (He et al. 2015, section 3.3, option A): takes every <c>stride</c>-th pixel and appends channels of zeros,
/// half of them before and half after the old ones. <c>[b, c, h, w]</c> to <c>[b, c', ⌈h / stride⌉, ⌈w / stride⌉]</c>.
/// </summary>
internal sealed class ZeroPaddingShortcut : Module<Tensor, Tensor>
{
    private readonly long stride, before, after;

    public ZeroPaddingShortcut(long inChannels, long outChannels, long stride) : base(nameof(ZeroPaddingShortcut))
    {
        this.stride = stride;
        before = (outChannels - inChannels) / 2;
        after = outChannels - inChannels - before;
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var kept = input.slice(2, 0, input.shape[2], stride).slice(3, 0, input.shape[3], stride);
        return functional.pad(kept, [0, 0, 0, 0, before, after]).MoveToOuterDisposeScope();
    }
}

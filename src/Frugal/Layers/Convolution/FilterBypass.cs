using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A thin way around a convolution, so that information gets through however few of its filters are left: depthwise 3x3 with the convolution's stride (for a 1x1 convolution plain subsampling), 1x1 to a
/// few channels, 1x1 to the output's, and a batch norm whose scale starts at zero. Weight names: <c>dw</c>, <c>pw1</c>, <c>pw2</c>, <c>bn</c>.
/// </summary>
internal sealed class FilterBypass : Module<Tensor, Tensor>
{
    private readonly long[] stride;
    private readonly Module<Tensor, Tensor>? dw;
    private readonly Module<Tensor, Tensor> pw1, pw2;
    private readonly BatchNorm2d bn;

    public FilterBypass(long inChannels, long outChannels, long rank, IReadOnlyList<long> stride, bool isPointwise, double eps) : base(nameof(FilterBypass))
    {
        this.stride = [.. stride];
        dw = isPointwise ? null : Conv2d(inChannels, inChannels, (3, 3), (stride[0], stride[1]), (1, 1), groups: inChannels, bias: false);
        pw1 = Conv2d(inChannels, rank, 1, bias: false);
        pw2 = Conv2d(rank, outChannels, 1, bias: false);
        bn = BatchNorm2d(outChannels, eps);
        init.zeros_(bn.weight!);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = dw is not null ? dw.call(input)
            : stride is [1, 1] ? input
            : input[TensorIndex.Ellipsis, TensorIndex.Slice(step: stride[0]), TensorIndex.Slice(step: stride[1])];
        return bn.call(pw2.call(pw1.call(x))).MoveToOuterDisposeScope();
    }
}

using Frugal.Graphs.Groups;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>torch's two-dimensional convolution; <c>Padding</c> is null where it is whatever keeps the image's size.</summary>
internal sealed record PlainConv2d(
    long InChannels,
    long OutChannels,
    IReadOnlyList<long> KernelSize,
    IReadOnlyList<long> Stride,
    IReadOnlyList<long>? Padding,
    IReadOnlyList<long> Dilation,
    PaddingModes PaddingMode = PaddingModes.Zeros,
    long Groups = 1,
    bool HasBias = true)
    : PlainLayer
{
    public static PlainConv2d Of(Conv2d convolution) => new(
        convolution.in_channels,
        convolution.out_channels,
        convolution.kernel_size,
        convolution.stride,
        convolution.padding_type == TorchSharp.Padding.Same ? null : convolution.padding ?? [0, 0],
        convolution.dilation,
        convolution.padding_mode,
        convolution.groups,
        convolution.bias is not null);

    public override Module<Tensor, Tensor> Build()
    {
        var (kernel, stride, dilation) = (Pair(KernelSize), Pair(Stride), Pair(Dilation));
        return Padding is { } padding
            ? Conv2d(InChannels, OutChannels, kernel, stride, Pair(padding), dilation, PaddingMode, Groups, HasBias)
            : Conv2d(InChannels, OutChannels, kernel, TorchSharp.Padding.Same, stride, dilation, PaddingMode, Groups, HasBias);
    }

    private static (long, long) Pair(IReadOnlyList<long> numbers)
    {
        var pair = Plane.Pair(numbers, least: 0, nameof(numbers));
        return (pair[0], pair[1]);
    }

    public override PlainLayer Fit(Func<string, IReadOnlyList<long>> shapeOf)
    {
        var weight = shapeOf("weight");
        // Of groups that go whole, each keeps its channels, and their number follows from those that are left.
        long groups = Groups > 1 && GroupedChannels.GoWhole(InChannels, Groups) ? weight[0] / (OutChannels / Groups) : Groups;
        return this with { OutChannels = weight[0], InChannels = weight[1] * groups, Groups = groups };
    }
}

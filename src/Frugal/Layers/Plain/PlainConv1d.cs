using Frugal.Graphs.Groups;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>torch's one-dimensional convolution; <c>Padding</c> is null where it is whatever keeps the length.</summary>
internal sealed record PlainConv1d(
    long InChannels,
    long OutChannels,
    long KernelSize,
    long Stride = 1,
    long? Padding = 0,
    long Dilation = 1,
    PaddingModes PaddingMode = PaddingModes.Zeros,
    long Groups = 1,
    bool HasBias = true)
    : PlainLayer
{
    public static PlainConv1d Of(Conv1d convolution) => new(
        convolution.in_channels,
        convolution.out_channels,
        convolution.kernel_size[0],
        convolution.stride[0],
        convolution.padding_type == TorchSharp.Padding.Same ? null : convolution.padding is [var padding, ..] ? padding : 0,
        convolution.dilation[0],
        convolution.padding_mode,
        convolution.groups,
        convolution.bias is not null);

    public override Module<Tensor, Tensor> Build() => Padding is { } padding
        ? Conv1d(InChannels, OutChannels, KernelSize, Stride, padding, Dilation, PaddingMode, Groups, HasBias)
        : Conv1d(InChannels, OutChannels, KernelSize, TorchSharp.Padding.Same, Stride, Dilation, PaddingMode, Groups, HasBias);

    public override PlainLayer Fit(Func<string, IReadOnlyList<long>> shapeOf)
    {
        var weight = shapeOf("weight");
        // As for images: of groups that go whole, each keeps its channels.
        long groups = Groups > 1 && GroupedChannels.GoWhole(InChannels, Groups) ? weight[0] / (OutChannels / Groups) : Groups;
        return this with { OutChannels = weight[0], InChannels = weight[1] * groups, Groups = groups };
    }
}

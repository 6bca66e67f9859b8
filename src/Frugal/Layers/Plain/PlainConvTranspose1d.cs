using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>torch's one-dimensional transposed convolution.</summary>
internal sealed record PlainConvTranspose1d(
    long InChannels, long OutChannels, long KernelSize, long Stride = 1, long Padding = 0, long OutputPadding = 0, long Dilation = 1, long Groups = 1, bool HasBias = true)
    : PlainLayer
{
    public static PlainConvTranspose1d Of(ConvTranspose1d convolution) => new(
        convolution.in_channels,
        convolution.out_channels,
        convolution.kernel_size[0],
        convolution.stride[0],
        convolution.padding is [var padding, ..] ? padding : 0,
        convolution.output_padding is [var output, ..] ? output : 0,
        convolution.dilation[0],
        convolution.groups,
        convolution.bias is not null);

    public override Module<Tensor, Tensor> Build() =>
        ConvTranspose1d(InChannels, OutChannels, KernelSize, Stride, Padding, OutputPadding, Dilation, groups: Groups, bias: HasBias);

    public override PlainLayer Fit(Func<string, IReadOnlyList<long>> shapeOf) =>
        this with { InChannels = shapeOf("weight")[0], OutChannels = shapeOf("weight")[1] * Groups };
}

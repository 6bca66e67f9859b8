using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>torch's two-dimensional transposed convolution; sizes are height and width, or one number for both.</summary>
internal sealed record PlainConvTranspose2d(
    long InChannels,
    long OutChannels,
    IReadOnlyList<long> KernelSize,
    IReadOnlyList<long> Stride,
    IReadOnlyList<long> Padding,
    IReadOnlyList<long> OutputPadding,
    IReadOnlyList<long> Dilation,
    long Groups = 1,
    bool HasBias = true)
    : PlainLayer
{
    public static PlainConvTranspose2d Of(ConvTranspose2d convolution) => new(
        convolution.in_channels,
        convolution.out_channels,
        convolution.kernel_size,
        convolution.stride,
        convolution.padding ?? [0, 0],
        convolution.output_padding ?? [0, 0],
        convolution.dilation,
        convolution.groups,
        convolution.bias is not null);

    public override Module<Tensor, Tensor> Build() =>
        ConvTranspose2d(InChannels, OutChannels, Pair(KernelSize), Pair(Stride), Pair(Padding), Pair(OutputPadding), Pair(Dilation), groups: Groups, bias: HasBias);

    public override PlainLayer Fit(Func<string, IReadOnlyList<long>> shapeOf) =>
        this with { InChannels = shapeOf("weight")[0], OutChannels = shapeOf("weight")[1] * Groups };

    private static (long, long) Pair(IReadOnlyList<long> numbers)
    {
        var pair = Plane.Pair(numbers, least: 0, nameof(numbers));
        return (pair[0], pair[1]);
    }
}

using Frugal.Catalogue;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// FFNified attention (Yun et al. 2024, MetaMixer, arXiv 2406.02021): <c>values(activation(keys(query(x))))</c>, where the products of attention with keys and values are depthwise convolutions. <c>[b, dim, h, w]</c> to
/// the same shape. Names: <c>fc</c> the query, <c>conv1</c> and <c>conv2</c>.
/// </summary>
/// <remarks>A kernel of 7x7 is two branches with norms (<see cref="BranchedDepthwiseConv2d"/>); another one is a plain convolution with a bias.</remarks>
[Entry("ffnified-attention", Paper = "metamixer")]
[Capabilities(CombinesWith = ["ffnet", "reparameterize"])]
public sealed class FfnifiedAttention : Layer
{
    private Module<Tensor, Tensor> fc, conv1, act, conv2;

    /// <param name="dim">Channels.</param>
    /// <param name="kernelSize1">Side of the keys' kernel; 7 has two branches.</param>
    /// <param name="kernelSize2">Side of the values' kernel; 7 has two branches.</param>
    /// <param name="activation">The non-linearity between.</param>
    /// <param name="mixing">Whether both convolutions are there, or the first alone.</param>
    public FfnifiedAttention(
        [Range(1, 65_536)] long dim, [Range(1, 63)] long kernelSize1 = 7, [Range(1, 63)] long kernelSize2 = 7, Activation activation = Activation.Gelu, TokenMixing mixing = TokenMixing.KeyValue)
        : base(nameof(FfnifiedAttention))
    {
        Dim = Guard.Between(dim, 1, 65_536, nameof(dim));
        KernelSize1 = Guard.Between(kernelSize1, 1, 63, nameof(kernelSize1));
        KernelSize2 = Guard.Between(kernelSize2, 1, 63, nameof(kernelSize2));
        (Activation, Mixing) = (activation, mixing);
        fc = new ConvNorm2d(dim, dim);
        conv1 = Depthwise(dim, kernelSize1);
        act = mixing == TokenMixing.KeyValue ? ActivationLayer.Of(activation) : Identity();
        conv2 = mixing == TokenMixing.KeyValue ? Depthwise(dim, kernelSize2) : Identity();
        RegisterComponents();
    }

    /// <summary>Channels.</summary>
    public long Dim { get; }

    /// <summary>Side of the keys' kernel.</summary>
    public long KernelSize1 { get; }

    /// <summary>Side of the values' kernel.</summary>
    public long KernelSize2 { get; }

    /// <summary>The non-linearity between.</summary>
    public Activation Activation { get; }

    /// <summary>Whether both convolutions are there, or the first alone.</summary>
    public TokenMixing Mixing { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return conv2.call(act.call(conv1.call(fc.call(input)))).MoveToOuterDisposeScope();
    }

    // Of an even kernel one side gets a zero more, so that the image keeps its size.
    private static Module<Tensor, Tensor> Depthwise(long dim, long kernelSize) => kernelSize == BranchedDepthwiseConv2d.LargeKernel
        ? new BranchedDepthwiseConv2d(dim, dim)
        : kernelSize % 2 == 1 ? Conv2d(dim, dim, kernelSize, padding: kernelSize / 2, groups: dim) : Conv2d(dim, dim, kernelSize, Padding.Same, groups: dim);
}

using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Layers.Packed;

/// <summary>
/// The inference form of a compressed convolution in one group, <c>[batch, inChannels, height, width]</c> to <c>[batch, outChannels, …]</c>: its weight is packed as that of a linear layer
/// over the pixels under the kernel, which are laid a tile at a time. A batch normalisation and an activation behind it are applied as it stores its sums. The arrays of its weight are buffers, as in <see cref="PackedLinearLayer"/>.
/// </summary>
[Entry("packed-conv2d")]
[Capabilities(WorksOn = ["Conv2d"])]
[Unsupported("training", "its weights are packed for inference; train first, pack last")]
public sealed class PackedConv2dLayer : Conv2dLayer, IPackedLayer, ICheckedArrays, IOrdinaryForm
{
    private const string ScaleName = "output_scale";

    private readonly PackedBuffers packedBuffers;
    private PackedConvolution? kernel;
    private float[]? plainBias, plainScale;

    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernelSize">Height and width of the kernel; one number for both.</param>
    /// <param name="format">Format of the packed weight, e.g. <c>block-sparse</c>.</param>
    /// <param name="arrays">The arrays that the format holds.</param>
    /// <param name="stride">Step down and across, or one number for both; null for 1.</param>
    /// <param name="padding">Zeros added above and below, left and right, or one number for both; null for none.</param>
    /// <param name="dilation">Distance between the kernel's points down and across, or one number for both; null for 1.</param>
    /// <param name="hasBias">Whether a bias is added.</param>
    /// <param name="hasScale">Whether each channel of the output has a factor, by which sums are multiplied before the bias is added: what a batch normalisation leaves.</param>
    /// <param name="activation">Applied last, as sums are stored.</param>
    public PackedConv2dLayer(
        [Range(1, 65_536)] long inChannels,
        [Range(1, 65_536)] long outChannels,
        IReadOnlyList<long> kernelSize,
        string format,
        IReadOnlyList<PackedArrayShape> arrays,
        IReadOnlyList<long>? stride = null,
        IReadOnlyList<long>? padding = null,
        IReadOnlyList<long>? dilation = null,
        bool hasBias = true,
        bool hasScale = false,
        Kernels.Activation activation = Kernels.Activation.Identity)
        : base("packed-conv2d", inChannels, outChannels, kernelSize, stride, padding, dilation, groups: 1, hasBias)
    {
        ArgumentException.ThrowIfNullOrEmpty(format);
        ArgumentNullException.ThrowIfNull(arrays);
        (Format, Arrays) = (format, [.. arrays]);
        packedBuffers = new(this, format, Arrays, (int)outChannels, ShapeOf(InChannels, KernelSize, Stride, Padding, Dilation).InFeatures, hasBias);
        (HasScale, Activation) = (hasScale, activation);
        if (!hasScale)
            return;
        register_buffer(ScaleName, ones(outChannels, float32));
        get_buffer(ScaleName)!.DetachFromDisposeScope();
    }

    /// <summary>Format of the packed weight, e.g. <c>block-sparse</c>.</summary>
    public string Format { get; }

    /// <summary>The arrays that the format holds.</summary>
    public IReadOnlyList<PackedArrayShape> Arrays { get; }

    /// <summary>Whether each channel of the output has a factor.</summary>
    public bool HasScale { get; }

    /// <summary>Applied last, as sums are stored.</summary>
    public Kernels.Activation Activation { get; }

    /// <inheritdoc/>
    public long StoredWeights => MacsPerRow + (HasBias ? OutChannels : 0);

    /// <inheritdoc/>
    public long NonZeroWeights => NonZeroMacsPerRow + (packedBuffers.Bias?.count_nonzero().item<long>() ?? 0);

    /// <inheritdoc/>
    public long MacsPerRow => packedBuffers.Weight.StoredWeights;

    /// <inheritdoc/>
    public long NonZeroMacsPerRow => packedBuffers.Weight.NonZeros;

    /// <inheritdoc/>
    public long RowsOf(Tensor input, Tensor output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return output.numel() / OutChannels;
    }

    /// <summary>The layer that holds a packed weight.</summary>
    /// <param name="packed">The packed weight, <c>[out, points of the kernel · in]</c>.</param>
    /// <param name="shape">The convolution.</param>
    /// <param name="bias">Its bias <c>[out]</c>, or null; copied.</param>
    public static PackedConv2dLayer Of(IPackedLinear packed, ConvolutionShape shape, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(packed);
        ArgumentNullException.ThrowIfNull(shape);
        var exported = packed.Export();
        var layer = new PackedConv2dLayer(
            shape.InChannels, packed.OutFeatures, [shape.KernelHeight, shape.KernelWidth], exported.Format, PackedBuffers.ShapesOf(exported), [shape.StrideHeight, shape.StrideWidth],
            [shape.PaddingHeight, shape.PaddingWidth], [shape.DilationHeight, shape.DilationWidth], bias is not null);
        layer.packedBuffers.Fill(packed, exported, bias);
        return layer;
    }

    /// <summary>This layer with a normalisation and an activation behind it in one, for a layer that has neither yet; the weight is shared.</summary>
    /// <param name="norm">The batch normalisation with the statistics of training, or null.</param>
    /// <param name="activation">What comes last.</param>
    public PackedConv2dLayer FollowedBy(BatchNorm2d? norm, Kernels.Activation activation)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var (scale, shift) = norm is null ? ((Tensor?)null, packedBuffers.Bias) : Affine(norm, packedBuffers.Bias);
        var layer = new PackedConv2dLayer(InChannels, OutChannels, KernelSize, Format, Arrays, Stride, Padding, Dilation, shift is not null, scale is not null, activation);
        layer.packedBuffers.Fill(packedBuffers.Weight, packedBuffers.Weight.Export(), shift);
        if (scale is not null)
            layer.get_buffer(ScaleName)!.copy_(scale);
        return layer;
    }

    /// <summary>The shape of a convolution as the kernels see it.</summary>
    public static ConvolutionShape ShapeOf(long inChannels, IReadOnlyList<long> kernelSize, IReadOnlyList<long> stride, IReadOnlyList<long> padding, IReadOnlyList<long> dilation)
    {
        ArgumentNullException.ThrowIfNull(kernelSize);
        var (steps, zeros, distances) = (Plane.Pair(stride, least: 1, nameof(stride)), Plane.Pair(padding, least: 0, nameof(padding)), Plane.Pair(dilation, least: 1, nameof(dilation)));
        return new((int)inChannels, (int)kernelSize[0], (int)kernelSize[^1])
        {
            StrideHeight = (int)steps[0],
            StrideWidth = (int)steps[1],
            PaddingHeight = (int)zeros[0],
            PaddingWidth = (int)zeros[1],
            DilationHeight = (int)distances[0],
            DilationWidth = (int)distances[1],
        };
    }

    /// <summary>The dense convolution that computes the same but for the coding of inputs and the activation, with weights of its own.</summary>
    public Conv2d ToDense()
    {
        var (kernel, stride, padding, dilation) = (Pair(KernelSize), Pair(Stride), Pair(Padding), Pair(Dilation));
        var dense = nn.Conv2d(InChannels, OutChannels, kernel, stride, padding, dilation, PaddingModes.Zeros, groups: 1, HasBias, device: new(DeviceType.META));
        using var scope = NewDisposeScope();
        dense.weight = DenseLayer.ParameterOf(DenseWeight());
        if (HasBias)
            dense.bias = DenseLayer.ParameterOf(packedBuffers.Bias!);
        return dense;
    }

    /// <inheritdoc/>
    nn.Module<Tensor, Tensor> IOrdinaryForm.Ordinary() => Activation == Kernels.Activation.Identity ? ToDense() : nn.Sequential(ToDense(), SpanOperators.ModuleOf(Activation));

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The input has other channels, gradients are asked for, or the arrays that were loaded contradict each other.</exception>
    public override Tensor forward(Tensor input)
    {
        SpanForward.CheckNotTrained(this);
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() != 4 || input.size(1) != InChannels)
            throw new FrugalException($"A packed convolution of {InChannels} channels got [{string.Join(", ", input.shape)}]; it takes [batch, {InChannels}, height, width].");
        if (UnpackedLayer.InPlaceOf(this) is { } unpacked)
            return unpacked.Forward(input);
        kernel ??= new(packedBuffers.Weight, ShapeOf(InChannels, KernelSize, Stride, Padding, Dilation));
        plainBias ??= packedBuffers.BiasValues();
        plainScale ??= HasScale ? PlainNumbers.Of(get_buffer(ScaleName)!) : [];
        return SpanForward.Run(kernel, new() { Bias = plainBias, Scale = plainScale, Activation = Activation }, input);
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The arrays that were loaded contradict each other.</exception>
    public UnpackedLayer? Unpack()
    {
        using var mode = no_grad();
        var weights = new Dictionary<string, Tensor> { ["weight"] = DenseWeight().DetachFromDisposeScope() };
        if (packedBuffers.CopyOfBias() is { } bias)
            weights["bias"] = bias;
        bool isCoded = packedBuffers.Weight is PackedInt8 or PackedLowBit;
        var activation = SpanOperators.ModuleOf(Activation);
        return new(weights, input => activation.call(Convolve(isCoded ? UnpackedProduct.CodedImages(input) : input, weights["weight"], weights.GetValueOrDefault("bias"))));
    }

    /// <inheritdoc/>
    void ICheckedArrays.CheckArrays() => _ = packedBuffers.Weight;

    // [out, in, height, width].
    private Tensor DenseWeight()
    {
        var shape = ShapeOf(InChannels, KernelSize, Stride, Padding, Dilation);
        var weight = tensor(shape.FromColumns(packedBuffers.DenseValues(), (int)OutChannels), [.. KernelShape]);
        return HasScale ? weight.mul_(get_buffer(ScaleName)!.view(-1, 1, 1, 1)) : weight;
    }

    private static (Tensor Scale, Tensor Shift) Affine(BatchNorm2d norm, Tensor? bias)
    {
        var (scale, shift) = ConvolutionFusion.ScaleAndShift(norm);
        return (scale, bias is null ? shift : shift + bias * scale);
    }

    private static (long, long) Pair(IReadOnlyList<long> numbers) => (numbers[0], numbers[1]);
}

using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Layers.Packed;

/// <summary>
/// The inference form of a compressed linear layer, <c>[…, in]</c> to <c>[…, out]</c>, in any of the formats of Frugal's kernels. The arrays of its weight are buffers, so that a
/// packed model saves and loads like any other; what comes from a file is checked before a kernel uses it.
/// </summary>
[Entry("packed-linear")]
[Capabilities(WorksOn = ["Linear"])]
[Unsupported("training", "its weights are packed for inference; train first, pack last")]
public sealed class PackedLinearLayer : Layer, IPackedLayer, ICheckedArrays, IOrdinaryForm
{
    private readonly PackedBuffers packedBuffers;
    private LinearOperator? spanOperator;

    /// <param name="inFeatures">Columns of the input.</param>
    /// <param name="outFeatures">Columns of the output.</param>
    /// <param name="format">Format of the packed weight, e.g. <c>block-sparse</c>.</param>
    /// <param name="arrays">The arrays that the format holds.</param>
    /// <param name="hasBias">Whether a bias is added.</param>
    public PackedLinearLayer([Range(1, 1e6)] int inFeatures, [Range(1, 1e6)] int outFeatures, string format, IReadOnlyList<PackedArrayShape> arrays, bool hasBias = true) : base("packed-linear")
    {
        InFeatures = Guard.Between(inFeatures, 1, 1_000_000, nameof(inFeatures));
        OutFeatures = Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures));
        ArgumentException.ThrowIfNullOrEmpty(format);
        ArgumentNullException.ThrowIfNull(arrays);
        (Format, Arrays, HasBias) = (format, [.. arrays], hasBias);
        packedBuffers = new(this, format, Arrays, outFeatures, inFeatures, hasBias);
    }

    /// <summary>Columns of the input.</summary>
    public int InFeatures { get; }

    /// <summary>Columns of the output.</summary>
    public int OutFeatures { get; }

    /// <summary>Format of the packed weight, e.g. <c>block-sparse</c>.</summary>
    public string Format { get; }

    /// <summary>The arrays that the format holds.</summary>
    public IReadOnlyList<PackedArrayShape> Arrays { get; }

    /// <summary>Whether a bias is added.</summary>
    public bool HasBias { get; }

    /// <inheritdoc/>
    public long StoredWeights => Weight.StoredWeights + (HasBias ? OutFeatures : 0);

    /// <inheritdoc/>
    public long NonZeroWeights => Weight.NonZeros + (packedBuffers.Bias?.count_nonzero().item<long>() ?? 0);

    /// <inheritdoc/>
    public long MacsPerRow => Weight.MacsPerRow;

    /// <inheritdoc/>
    public long NonZeroMacsPerRow => Weight.NonZeroMacsPerRow;

    /// <inheritdoc/>
    public long RowsOf(Tensor input, Tensor output)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.numel() / InFeatures;
    }

    /// <summary>The weight as the kernels hold it.</summary>
    /// <exception cref="FrugalException">The arrays that were loaded contradict each other.</exception>
    internal IPackedLinear Weight => packedBuffers.Weight;

    /// <summary>The layer that holds a packed weight.</summary>
    /// <param name="packed">The packed weight.</param>
    /// <param name="bias">Its bias <c>[out]</c>, or null; copied.</param>
    public static PackedLinearLayer Of(IPackedLinear packed, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(packed);
        var exported = packed.Export();
        var layer = new PackedLinearLayer(packed.InFeatures, packed.OutFeatures, exported.Format, PackedBuffers.ShapesOf(exported), bias is not null);
        layer.packedBuffers.Fill(packed, exported, bias);
        return layer;
    }

    /// <summary>The weight of the dense layer that computes the same but for the coding of inputs, <c>[out, in]</c>.</summary>
    public Tensor DenseWeight() => tensor(packedBuffers.DenseValues(), [OutFeatures, InFeatures]);

    /// <summary>The dense layer that computes the same but for the coding of inputs, with weights of its own.</summary>
    public Linear ToDense()
    {
        using var dense = DenseWeight();
        return DenseLayer.Linear(dense, packedBuffers.Bias);
    }

    /// <inheritdoc/>
    nn.Module<Tensor, Tensor> IOrdinaryForm.Ordinary() => ToDense();

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The input has other columns, gradients are asked for, or the arrays that were loaded contradict each other.</exception>
    public override Tensor forward(Tensor input)
    {
        SpanForward.Check(this, InFeatures, input);
        return UnpackedLayer.InPlaceOf(this) is { } unpacked ? unpacked.Forward(input) : SpanForward.Run(spanOperator ??= Operator(), input);
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The arrays that were loaded contradict each other.</exception>
    public UnpackedLayer? Unpack()
    {
        using var mode = no_grad();
        return UnpackedProduct.Of(Weight, packedBuffers.CopyOfBias());
    }

    /// <inheritdoc/>
    void ICheckedArrays.CheckArrays() => _ = packedBuffers.Weight;

    /// <summary>The product over spans, with the bias and an activation behind it.</summary>
    internal LinearOperator Operator(Kernels.Activation activation = Kernels.Activation.Identity) => new(Weight, packedBuffers.BiasValues(), activation);
}

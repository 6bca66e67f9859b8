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
public sealed class PackedLinearLayer : Layer, IPackedLayer
{
    private const string BiasName = "bias";

    // Not named as any array: torch puts buffers into fields of their name.
    private IPackedLinear? importedWeight;
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
        foreach (var array in Arrays)
            register_buffer(array.Buffer, zeros(array.Length, array.Type));
        if (hasBias)
            register_buffer(BiasName, zeros(outFeatures, float32));
        // The layer owns its arrays, whatever dispose scope is open.
        foreach (var buffer in buffers())
            buffer.DetachFromDisposeScope();
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
    public long StoredWeights => MacsPerRow + (HasBias ? OutFeatures : 0);

    /// <inheritdoc/>
    public long NonZeroWeights => NonZeroMacsPerRow + (HasBias ? Buffer(BiasName).count_nonzero().item<long>() : 0);

    /// <inheritdoc/>
    public long MacsPerRow => Weight.StoredWeights;

    /// <inheritdoc/>
    public long NonZeroMacsPerRow => Weight.NonZeros;

    /// <summary>The weight as the kernels hold it.</summary>
    /// <exception cref="FrugalException">The arrays that were loaded contradict each other.</exception>
    internal IPackedLinear Weight => importedWeight ??= Import();

    /// <summary>The layer that holds a packed weight.</summary>
    /// <param name="packed">The packed weight.</param>
    /// <param name="bias">Its bias <c>[out]</c>, or null; copied.</param>
    public static PackedLinearLayer Of(IPackedLinear packed, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(packed);
        var exported = packed.Export();
        var shapes = exported.Arrays.Select(array => new PackedArrayShape(array.Key, array.Value.Element, array.Value.Length)).ToList();
        var layer = new PackedLinearLayer(packed.InFeatures, packed.OutFeatures, exported.Format, shapes, bias is not null) { importedWeight = packed };
        foreach (var shape in shapes)
            exported.Arrays[shape.Name].Data.Span.CopyTo(layer.Buffer(shape.Buffer).bytes);
        using var mode = no_grad();
        if (bias is not null)
            layer.Buffer(BiasName).copy_(bias);
        return layer;
    }

    /// <summary>The weight of the dense layer that computes the same but for the coding of inputs, <c>[out, in]</c>.</summary>
    public Tensor DenseWeight()
    {
        float[] values = new float[(long)OutFeatures * InFeatures];
        Weight.Unpack(values);
        return tensor(values, [OutFeatures, InFeatures]);
    }

    /// <summary>The dense layer that computes the same but for the coding of inputs, with weights of its own.</summary>
    public Linear ToDense()
    {
        using var dense = DenseWeight();
        return DenseLayer.Linear(dense, HasBias ? Buffer(BiasName) : null);
    }

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
        return UnpackedProduct.Of(Weight, HasBias ? Buffer(BiasName).to(float32, CPU, copy: true).DetachFromDisposeScope() : null);
    }

    /// <summary>The product over spans, with the bias and an activation behind it.</summary>
    internal LinearOperator Operator(Kernels.Activation activation = Kernels.Activation.Identity)
    {
        using var scope = NewDisposeScope();
        float[] bias = HasBias ? [.. Buffer(BiasName).to(float32, CPU).data<float>()] : [];
        return new(Weight, bias, activation);
    }

    private IPackedLinear Import()
    {
        using var scope = NewDisposeScope();
        var arrays = Arrays.ToDictionary(
            array => array.Name, array => new PackedArray(array.Element, array.Length, Buffer(array.Buffer).to(array.Type, CPU).contiguous().bytes.ToArray()));
        var imported = PackedLinear.Import(new(Format, arrays));
        return imported.InFeatures == InFeatures && imported.OutFeatures == OutFeatures
            ? imported
            : throw new FrugalException($"A packed layer of {InFeatures} inputs and {OutFeatures} outputs holds a weight [{imported.OutFeatures}, {imported.InFeatures}]. Pack the model again.");
    }

    // By name, since moving a module to another device or type puts other tensors in their place.
    private Tensor Buffer(string name) => get_buffer(name)!;
}

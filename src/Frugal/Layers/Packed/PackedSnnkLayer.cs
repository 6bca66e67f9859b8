using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers.Packed;

/// <summary>
/// The inference form of a <see cref="SnnkLinear"/>, <c>[…, inFeatures]</c> to <c>[…, outFeatures]</c>: both products as one call of Frugal's kernels, with the features made in between while they are in cache.
/// Its buffers have the names and shapes of that layer's tensors.
/// </summary>
[Entry("packed-snnk")]
[Capabilities(WorksOn = ["Linear"])]
[Unsupported("training", "its weights are packed for inference; train first, pack last")]
public sealed class PackedSnnkLayer : Layer, IPackedLayer, IOrdinaryForm
{
    private Tensor projection, weights;
    private Tensor? bias;
    private PackedSnnk? kernel;

    /// <param name="inFeatures">Width of the input, d.</param>
    /// <param name="outFeatures">Width of the output, l.</param>
    /// <param name="numFeatures">Random features, m.</param>
    /// <param name="constant">Smallest value c that a product with the projection passes as.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    public PackedSnnkLayer([Range(1, 65_536)] int inFeatures, [Range(1, 1e6)] int outFeatures, [Range(1, 65_536)] int numFeatures = 16, [Range(-1000, 1000)] double constant = 0, bool hasBias = false) : base("packed-snnk")
    {
        InFeatures = Guard.Between(inFeatures, 1, 65_536, nameof(inFeatures));
        OutFeatures = Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures));
        NumFeatures = Guard.Between(numFeatures, 1, 65_536, nameof(numFeatures));
        Constant = Guard.Between(constant, -1000, 1000, nameof(constant));
        HasBias = hasBias;
        projection = zeros(numFeatures, inFeatures).DetachFromDisposeScope();
        weights = zeros(outFeatures, numFeatures).DetachFromDisposeScope();
        bias = hasBias ? zeros(outFeatures).DetachFromDisposeScope() : null;
        RegisterComponents();
    }

    /// <summary>Width of the input, d.</summary>
    public int InFeatures { get; }

    /// <summary>Width of the output, l.</summary>
    public int OutFeatures { get; }

    /// <summary>Random features, m.</summary>
    public int NumFeatures { get; }

    /// <summary>Smallest value c that a product with the projection passes as.</summary>
    public double Constant { get; }

    /// <summary>True when a bias is added.</summary>
    public bool HasBias { get; }

    /// <inheritdoc/>
    public long StoredWeights => MacsPerRow + (HasBias ? OutFeatures : 0);

    /// <inheritdoc/>
    public long NonZeroWeights => NonZeroMacsPerRow + (bias?.count_nonzero().item<long>() ?? 0);

    /// <inheritdoc/>
    public long MacsPerRow => (long)NumFeatures * (InFeatures + OutFeatures);

    /// <inheritdoc/>
    public long NonZeroMacsPerRow => projection.count_nonzero().item<long>() + weights.count_nonzero().item<long>();

    /// <inheritdoc/>
    public long RowsOf(Tensor input, Tensor output)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.numel() / InFeatures;
    }

    /// <summary>The packed form of a layer, with weights of its own.</summary>
    public static PackedSnnkLayer Of(SnnkLinear layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        var packed = new PackedSnnkLayer((int)layer.InFeatures, (int)layer.OutFeatures, (int)layer.NumFeatures, layer.Constant, layer.HasBias);
        using var mode = no_grad();
        packed.projection.copy_(layer.Projection);
        packed.weights.copy_(layer.Weights);
        packed.bias?.copy_(layer.Bias!);
        return packed;
    }

    /// <summary>The ordinary layer that computes the same, with weights of its own.</summary>
    public SnnkLinear ToOrdinary()
    {
        var layer = new SnnkLinear(InFeatures, OutFeatures, NumFeatures, Constant, hasBias: HasBias);
        using var mode = no_grad();
        layer.Projection.copy_(projection);
        layer.Weights.copy_(weights);
        layer.Bias?.copy_(bias!);
        return layer;
    }

    /// <inheritdoc/>
    nn.Module<Tensor, Tensor> IOrdinaryForm.Ordinary() => ToOrdinary();

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The input has other columns, or gradients are asked for.</exception>
    public override Tensor forward(Tensor input)
    {
        SpanForward.Check(this, InFeatures, input);
        return UnpackedLayer.InPlaceOf(this) is { } unpacked ? unpacked.Forward(input) : SpanForward.Run(kernel ??= Pack(), input);
    }

    /// <inheritdoc/>
    public UnpackedLayer? Unpack()
    {
        var copies = new Dictionary<string, Tensor>();
        Tensor random = Copy("projection", projection), stored = Copy("weights", weights);
        var added = bias is null ? null : Copy("bias", bias);
        return new(copies, input => nn.functional.linear(SnnkMath.ReluFeatures(input, random, Constant), stored, added));

        Tensor Copy(string name, Tensor tensor) => copies[name] = tensor.to(float32, CPU, copy: true).DetachFromDisposeScope();
    }

    private PackedSnnk Pack() => PackedSnnk.Pack(
        PlainNumbers.Of(projection), PlainNumbers.Of(weights), OutFeatures, InFeatures, NumFeatures, bias is null ? [] : PlainNumbers.Of(bias), (float)Constant);
}

using Frugal.Catalogue;
using Frugal.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A linear layer whose weights are stored as powers of two in n bits each: what is left of a trained <see cref="DenseShiftLinear"/>. Names: <c>code</c>, <c>[⌈n · out · in / 8⌉]</c> bytes, and
/// <c>bias</c>.
/// </summary>
[Entry("shift-linear", Paper = "denseshift")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["denseshift"], PackedForm = "low-bit")]
public sealed class ShiftLinear : Layer, IStoredWeights
{
    private readonly CodedWeight weight;
    private Tensor code;
    private readonly Parameter? bias;

    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="bits">Bits of a weight.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    public ShiftLinear([Range(1, 1e6)] long inFeatures, [Range(1, 1e6)] long outFeatures, [Range(2, 4)] int bits = 3, bool hasBias = true) : base(nameof(ShiftLinear))
    {
        InFeatures = Guard.Between(inFeatures, 1, 1_000_000, nameof(inFeatures));
        OutFeatures = Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures));
        Bits = Guard.Between(bits, 2, 4, nameof(bits));
        HasBias = hasBias;
        weight = new([outFeatures, inFeatures], bits);
        code = zeros(ShiftCodes.NumBytes(StoredWeights, bits), uint8);
        bias = hasBias ? FreshBias.Of(outFeatures, inFeatures) : null;
        RegisterComponents();
        code.DetachFromDisposeScope();
    }

    /// <summary>Width of the input.</summary>
    public long InFeatures { get; }

    /// <summary>Width of the output.</summary>
    public long OutFeatures { get; }

    /// <summary>Bits of a weight.</summary>
    public int Bits { get; }

    /// <summary>True when a bias is added.</summary>
    public bool HasBias { get; }

    /// <summary>The bias <c>[outFeatures]</c>, or null.</summary>
    public Tensor? Bias => bias;

    /// <inheritdoc/>
    public long StoredWeights => InFeatures * OutFeatures;

    /// <inheritdoc/>
    public long NonZeroWeights => StoredWeights;

    /// <summary>The weights, ±2^S, <c>[outFeatures, inFeatures]</c> in single precision.</summary>
    public Tensor Weight()
    {
        using var packed = code.cpu();
        return ShiftCodes.Decode(packed.bytes, [OutFeatures, InFeatures], Bits);
    }

    /// <summary>The layer that computes the same as a trained one.</summary>
    public static ShiftLinear Of(DenseShiftLinear trained)
    {
        ArgumentNullException.ThrowIfNull(trained);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var layer = new ShiftLinear(trained.InFeatures, trained.OutFeatures, trained.Bits, trained.HasBias);
        layer.code.copy_(ShiftCodes.Pack(trained.Codes(), trained.Bits));
        layer.bias?.copy_(trained.Bias!);
        return layer;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return functional.linear(input, weight.Of(code, input), bias);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            weight.Dispose();
        base.Dispose(disposing);
    }
}

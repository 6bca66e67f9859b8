using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Compression;

/// <summary>How the bond dimension of a factorised layer is found: given, by a share of the parameters, or by the error.</summary>
public sealed record MpoBudget
{
    private readonly long? bond;
    private readonly double? share, error;

    private MpoBudget(long? bond, double? share, double? error) => (this.bond, this.share, this.error) = (bond, share, error);

    /// <summary>The same bond dimension for every layer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bond is below 1.</exception>
    public static MpoBudget Bond(long bond) => new(Guard.AtLeast(bond, 1, nameof(bond)), null, null);

    /// <summary>The largest bond whose cores have at most this share of the layer's parameters, above 0 and up to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The share lies outside.</exception>
    public static MpoBudget Share(double share) => new(null, Guard.Positive(Guard.Between(share, 0, 1, nameof(share)), nameof(share)), null);

    /// <summary>The smallest bond whose weight is no further from the layer's than this part of its norm.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The error lies outside 0 to 1.</exception>
    public static MpoBudget Error(double error) => new(null, null, Guard.Between(error, 0, 1, nameof(error)));

    /// <summary>The bond for a layer's weight, <c>[out, in]</c>.</summary>
    /// <exception cref="FrugalException">The layer cannot have it; the message names layer, value and what is allowed.</exception>
    internal long BondFor(string path, Tensor weight, int numCores)
    {
        var shape = MpoShape.Of(weight.shape[0], weight.shape[1], numCores);
        string cut = $"its {weight.shape[0]}x{weight.shape[1]} weight in {numCores} cores of {string.Join("·", shape.OutDims)} by {string.Join("·", shape.InDims)}";
        if (bond > shape.FullBond)
            throw new FrugalException($"'{path}' cannot have a bond of {bond}: {cut} has at most {shape.FullBond}; exclude the layer or choose 1 to {shape.FullBond}");
        if (bond is { } same)
            return same;
        if (share is not { } kept)
        {
            using var scope = NewDisposeScope();
            return MpoMath.BondFor(MpoLinear.Filled(weight, shape), shape, error!.Value);
        }
        long largest = shape.LargestBond(kept * weight.numel());
        return largest > 0
            ? largest
            : throw new FrugalException(FormattableString.Invariant($"'{path}' cannot keep as little as {kept:0.####} of its parameters: {cut} needs {(double)shape.NumParameters(1) / weight.numel():0.####} for a bond of 1; exclude the layer or choose a larger share"));
    }
}

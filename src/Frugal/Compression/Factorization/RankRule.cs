using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Compression;

/// <summary>How the rank of a factorized layer is found: the same for all, or for each layer the smallest that keeps a share of its weight's energy.</summary>
public sealed record RankRule
{
    private readonly long? rank;
    private readonly double energy;

    private RankRule(long? rank, double energy) => (this.rank, this.energy) = (rank, energy);

    /// <summary>The same rank for every layer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rank is below 1.</exception>
    public static RankRule Fixed(long rank) => new(Guard.AtLeast(rank, 1, nameof(rank)), 1);

    /// <summary>The smallest rank whose singular values hold this share of the sum of squares, above 0 and up to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The share lies outside.</exception>
    public static RankRule KeepEnergy(double energy) => new(null, Guard.Positive(Guard.Between(energy, 0, 1, nameof(energy)), nameof(energy)));

    /// <summary>The rank for a weight, <c>[out, in]</c>.</summary>
    /// <exception cref="FrugalException">The weight cannot have it.</exception>
    internal long RankFor(string path, Tensor weight)
    {
        long rows = weight.shape[0], columns = weight.shape[1], full = Math.Min(rows, columns);
        if (rank > full)
            throw new FrugalException(
                $"'{path}' cannot have rank {rank}: its weight is a {rows}x{columns} matrix, so the rank must be between 1 and {full}; exclude the layer or choose energy");
        if (rank is { } same)
            return same;
        using var singularValues = LowRankMath.SingularValues(weight);
        return LowRankMath.RankForEnergy(singularValues, energy);
    }
}

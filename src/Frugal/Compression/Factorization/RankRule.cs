using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Compression;

/// <summary>
/// How the rank of a factorized layer is found: the same for all, or for each layer the smallest that keeps a share of its weight's energy, or the largest that makes it so many times smaller.
/// </summary>
public sealed record RankRule
{
    private readonly long? rank;
    private readonly double energy;
    private readonly double? ratio;

    private RankRule(long? rank, double energy, double? ratio) => (this.rank, this.energy, this.ratio) = (rank, energy, ratio);

    /// <summary>The same rank for every layer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rank is below 1.</exception>
    public static RankRule Fixed(long rank) => new(Guard.AtLeast(rank, 1, nameof(rank)), 1, null);

    /// <summary>The smallest rank whose singular values hold this share of the sum of squares, above 0 and up to 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The share lies outside.</exception>
    public static RankRule KeepEnergy(double energy) => new(null, Guard.Positive(Guard.Between(energy, 0, 1, nameof(energy)), nameof(energy)), null);

    /// <summary>The largest rank whose two factors hold at most one <paramref name="ratio"/>th of the weight's numbers: <c>⌊out·in / (ratio·(out + in))⌋</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The ratio is below 1.</exception>
    public static RankRule Ratio(double ratio) => new(null, 1, Guard.AtLeast(ratio, 1, nameof(ratio)));

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
        if (ratio is { } smaller)
            return ForRatio(path, rows, columns, smaller);
        using var singularValues = LowRankMath.SingularValues(weight);
        return LowRankMath.RankForEnergy(singularValues, energy);
    }

    private static long ForRatio(string path, long rows, long columns, double ratio)
    {
        double largest = (double)rows * columns / (rows + columns);
        long rank = (long)Math.Floor((double)rows * columns / (ratio * (rows + columns)));
        return rank >= 1
            ? rank
            : throw new FrugalException(FormattableString.Invariant(
                $"'{path}' cannot be made {ratio} times smaller: the factors of its {rows}x{columns} weight would have rank 0, so the ratio must be at most {largest:0.##}; exclude the layer"));
    }
}

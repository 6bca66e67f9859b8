using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// The best approximation of a matrix by one of lower rank: its largest singular values and their vectors (Eckart and Young 1936, "The approximation of
/// one matrix by another of lower rank"). Computed in double precision.
/// </summary>
public static class LowRankMath
{
    /// <summary>Two factors whose product is the nearest matrix of the given rank in the Frobenius norm.</summary>
    /// <param name="weight">The matrix, <c>[out, in]</c>.</param>
    /// <param name="rank">Rank of the product; ranks above min(out, in) are filled with zeros.</param>
    /// <returns>
    /// <c>Up</c>, <c>[out, rank]</c>, and <c>Down</c>, <c>[rank, in]</c>, in the weight's type. The square root of each singular value goes into either, so that both learn at the same pace.
    /// </returns>
    public static (Tensor Up, Tensor Down) Factor(Tensor weight, long rank)
    {
        ArgumentNullException.ThrowIfNull(weight);
        Guard.AtLeast(rank, 1, nameof(rank));
        using var scope = NewDisposeScope();
        var (left, values, right) = linalg.svd(weight.detach().to(float64), fullMatrices: false);
        long kept = Math.Min(rank, values.shape[0]);
        var root = values.narrow(0, 0, kept).sqrt();
        var up = zeros([weight.shape[0], rank], float64, weight.device);
        var down = zeros([rank, weight.shape[1]], float64, weight.device);
        up.narrow(1, 0, kept).copy_(left.narrow(1, 0, kept) * root);
        down.narrow(0, 0, kept).copy_(right.narrow(0, 0, kept) * root.unsqueeze(1));
        return (up.to(weight.dtype).MoveToOuterDisposeScope(), down.to(weight.dtype).MoveToOuterDisposeScope());
    }

    /// <summary>Singular values of a matrix <c>[out, in]</c>, the largest first, <c>[min(out, in)]</c> in double precision.</summary>
    public static Tensor SingularValues(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        return linalg.svdvals(weight.detach().to(float64)).MoveToOuterDisposeScope();
    }

    /// <summary>The smallest rank that keeps a share of the energy, the sum of the squared singular values; at least 1.</summary>
    /// <param name="singularValues">The singular values, the largest first.</param>
    /// <param name="energy">The share, above 0 and up to 1.</param>
    public static long RankForEnergy(Tensor singularValues, double energy)
    {
        ArgumentNullException.ThrowIfNull(singularValues);
        Guard.Between(Guard.Positive(energy, nameof(energy)), 0, 1, nameof(energy));
        using var scope = NewDisposeScope();
        double[] squares = [.. singularValues.to(float64).cpu().square().data<double>()];
        double needed = energy * squares.Sum(), kept = 0;
        for (int rank = 1; rank <= squares.Length; rank++)
        {
            kept += squares[rank - 1];
            if (kept >= needed)
                return rank;
        }
        return Math.Max(squares.Length, 1); // Where all of the energy is asked for, rounding may leave the sum just short of it.
    }

    /// <summary>The largest rank whose two factors hold fewer numbers than the matrix, or 0 when there is none.</summary>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Columns of the matrix.</param>
    public static long LargestSavingRank(long rows, long columns) => (rows * columns - 1) / (rows + columns);
}

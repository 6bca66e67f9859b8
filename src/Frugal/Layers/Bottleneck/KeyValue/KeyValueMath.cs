using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// What a discrete key-value bottleneck computes (Träuble et al. 2023). Axes: <c>m</c> features, <c>c</c> codebooks, <c>k</c> keys of a codebook, <c>d</c> width of a key, <c>v</c> width of a value.
/// </summary>
public static class KeyValueMath
{
    // Distances that rounding in double precision cannot tell apart count as equal.
    private const double Tie = 1e-12;

    /// <summary>A head for each codebook, <c>z_c = R_cᵀ z</c>.</summary>
    /// <param name="input"><c>[…, m]</c>.</param>
    /// <param name="projections">R, <c>[c, m, d]</c>.</param>
    /// <returns><c>[…, c, d]</c>.</returns>
    public static Tensor Project(Tensor input, Tensor projections)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(projections);
        using var scope = NewDisposeScope();
        var (codebooks, features, width) = (projections.shape[0], projections.shape[1], projections.shape[2]);
        var flat = projections.permute(1, 0, 2).reshape(features, codebooks * width);
        return input.matmul(flat).view([.. input.shape[..^1], codebooks, width]).MoveToOuterDisposeScope();
    }

    /// <summary>The nearest key of every codebook by Euclidean distance; of equally near ones the first.</summary>
    /// <param name="heads"><c>[…, c, d]</c>.</param>
    /// <param name="keys"><c>[c, k, d]</c>.</param>
    /// <returns>Numbers of keys, <c>[…, c]</c>, int64.</returns>
    public static Tensor Nearest(Tensor heads, Tensor keys)
    {
        ArgumentNullException.ThrowIfNull(heads);
        ArgumentNullException.ThrowIfNull(keys);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        // [c, rows, d] and [c, k, d], in double precision and around the keys' mean: otherwise the expanded square would lose near ties.
        var codes = keys.to(float64);
        var centre = codes.mean([1], keepdim: true);
        codes = codes - centre;
        var rows = heads.flatten(0, -3).transpose(0, 1).to(float64) - centre;
        var (rowSquares, codeSquares) = (rows.square().sum(-1, keepdim: true), codes.square().sum(-1).unsqueeze(1));
        var distances = rowSquares + codeSquares - 2 * rows.matmul(codes.transpose(1, 2));
        var slack = Tie * (rowSquares + codeSquares.amax([-1], keepdim: true));
        var isNearest = distances.le(distances.amin([-1], keepdim: true) + slack);
        var chosen = isNearest.to(float32).argmax(-1);
        return chosen.transpose(0, 1).reshape([.. heads.shape[..^1]]).MoveToOuterDisposeScope();
    }

    /// <summary>The rows of tables by their numbers. Only rows that were read get a gradient other than zero.</summary>
    /// <param name="tables"><c>[c, k, v]</c>.</param>
    /// <param name="index"><c>[…, c]</c>.</param>
    /// <returns><c>[…, c, v]</c>.</returns>
    public static Tensor Look(Tensor tables, Tensor index)
    {
        ArgumentNullException.ThrowIfNull(tables);
        ArgumentNullException.ThrowIfNull(index);
        using var scope = NewDisposeScope();
        var (codebooks, keys) = (tables.shape[0], tables.shape[1]);
        var places = index + arange(codebooks, device: index.device) * keys;
        return tables.reshape(codebooks * keys, -1).index_select(0, places.flatten()).view([.. index.shape, -1]).MoveToOuterDisposeScope();
    }

    /// <summary>One update of codebooks by moving averages: counts and sums of what is nearest to a key decay towards those of the batch, and a key is their quotient (van den Oord et al. 2017, appendix A).</summary>
    /// <param name="averages">Averages so far, with <c>counts [c, k]</c> and <c>sums [c, k, d]</c>.</param>
    /// <param name="heads"><c>[rows, c, d]</c>.</param>
    /// <param name="index">The nearest keys, <c>[rows, c]</c>.</param>
    /// <param name="decay">γ, the share of the former averages that is kept.</param>
    /// <param name="epsilon">ε of the smoothed counts.</param>
    /// <returns>The averages after it, and the keys <c>[c, k, d]</c>.</returns>
    public static (Tensor Counts, Tensor Sums, Tensor Keys) Follow((Tensor Counts, Tensor Sums) averages, Tensor heads, Tensor index, double decay, double epsilon)
    {
        ArgumentNullException.ThrowIfNull(heads);
        ArgumentNullException.ThrowIfNull(index);
        using var scope = NewDisposeScope();
        var (codebooks, keys, width) = (averages.Sums.shape[0], averages.Sums.shape[1], averages.Sums.shape[2]);
        var places = (index + arange(codebooks, device: index.device) * keys).flatten();
        var ofBatch = zeros_like(averages.Sums).view(-1, width).index_add(0, places, heads.reshape(-1, width), 1).view_as(averages.Sums);
        var numbers = places.bincount(null, codebooks * keys).view(codebooks, keys).to(heads.dtype);
        var counts = averages.Counts * decay + numbers * (1 - decay);
        var sums = averages.Sums * decay + ofBatch * (1 - decay);
        var total = counts.sum(-1, keepdim: true);
        var smoothed = (counts + epsilon) / (total + keys * epsilon) * total;
        return (counts.MoveToOuterDisposeScope(), sums.MoveToOuterDisposeScope(), (sums / smoothed.unsqueeze(-1)).MoveToOuterDisposeScope());
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Monarch matrices: two block-diagonal matrices with fixed permutations between and after them (Dao et al. 2022, "Monarch: Expressive Structured Matrices for
/// Efficient and Accurate Training", section 3).
/// </summary>
/// <remarks>
/// Axes: the first factor has k blocks <c>[q, p]</c>, the second l blocks <c>[s, r]</c>, k·q = l·r. An input <c>[k·p]</c> goes block by block through the first;
/// the result, <c>[k·q]</c>, is read as <c>[r, l]</c> and its columns go through the second; the output <c>[l, s]</c> is written as <c>[s, l]</c>.
/// </remarks>
public static class MonarchMath
{
    /// <summary>Shapes of the factors of a layer with as many blocks in both: <c>[blocks, q, p]</c> and <c>[blocks, s, q]</c>, where q is the smaller of p and s.</summary>
    /// <param name="inFeatures">Width of the input, filled up with zeros to blocks · p.</param>
    /// <param name="outFeatures">Width of the output, cut from blocks · s.</param>
    /// <param name="numBlocks">Number of blocks.</param>
    public static (long[] Blkdiag1, long[] Blkdiag2) FactorShapes(long inFeatures, long outFeatures, long numBlocks)
    {
        long inBlock = (inFeatures + numBlocks - 1) / numBlocks, outBlock = (outFeatures + numBlocks - 1) / numBlocks;
        long inner = Math.Min(inBlock, outBlock);
        return ([numBlocks, inner, inBlock], [numBlocks, outBlock, inner]);
    }

    /// <summary>Number of entries of both factors of such a layer, without bias.</summary>
    public static long NumParameters(long inFeatures, long outFeatures, long numBlocks)
    {
        var (blkdiag1, blkdiag2) = FactorShapes(inFeatures, outFeatures, numBlocks);
        return blkdiag1[0] * blkdiag1[1] * (blkdiag1[2] + blkdiag2[1]);
    }

    /// <summary>The product of each row of the input with the Monarch matrix, <c>[batch, k·p]</c> to <c>[batch, s·l]</c>.</summary>
    /// <param name="input"><c>[batch, k·p]</c>.</param>
    /// <param name="blkdiag1">First factor <c>[k, q, p]</c>.</param>
    /// <param name="blkdiag2">Second factor <c>[l, s, r]</c>.</param>
    /// <param name="bias">Added to every row, <c>[s·l]</c>; null for none.</param>
    public static Tensor Multiply(Tensor input, Tensor blkdiag1, Tensor blkdiag2, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(blkdiag1);
        ArgumentNullException.ThrowIfNull(blkdiag2);
        using var scope = NewDisposeScope();
        long k = blkdiag1.shape[0], q = blkdiag1.shape[1], p = blkdiag1.shape[2];
        long l = blkdiag2.shape[0], s = blkdiag2.shape[1], r = blkdiag2.shape[2];
        long batch = input.shape[0];
        // With the batch as the last axis both permutations are views; only the result is written a second time, in the order of the output.
        var between = bmm(blkdiag1, input.view(batch, k, p).permute(1, 2, 0));
        var permuted = between.view(r, l, batch).transpose(0, 1);
        var product = bmm(blkdiag2, permuted);
        if (bias is not null)
            product += bias.view(s, l, 1).transpose(0, 1);
        return product.permute(2, 1, 0).contiguous().view(batch, s * l).MoveToOuterDisposeScope();
    }

    /// <summary>The Monarch matrix itself, <c>[s·l, k·p]</c>.</summary>
    /// <param name="blkdiag1">First factor <c>[k, q, p]</c>.</param>
    /// <param name="blkdiag2">Second factor <c>[l, s, r]</c>.</param>
    public static Tensor DenseWeight(Tensor blkdiag1, Tensor blkdiag2)
    {
        ArgumentNullException.ThrowIfNull(blkdiag1);
        using var scope = NewDisposeScope();
        var basis = eye(blkdiag1.shape[0] * blkdiag1.shape[2], dtype: blkdiag1.dtype, device: blkdiag1.device);
        return Multiply(basis, blkdiag1, blkdiag2).t().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The parts of a matrix that the factors reach independently of each other: part (λ, κ) holds the rows σ·l + λ and the columns of input block κ.
    /// </summary>
    /// <param name="weight"><c>[s·l, k·p]</c>.</param>
    /// <param name="numBlocks1">Number k of blocks of the first factor; divides the columns.</param>
    /// <param name="numBlocks2">Number l of blocks of the second factor; divides the rows.</param>
    /// <returns><c>[l, k, s, p]</c>.</returns>
    public static Tensor Slices(Tensor weight, long numBlocks1, long numBlocks2)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        long rows = weight.shape[0], columns = weight.shape[1];
        if (rows % numBlocks2 != 0 || columns % numBlocks1 != 0)
            throw new FrugalException($"a {rows}x{columns} matrix does not divide into {numBlocks2} by {numBlocks1} slices; fill it up with zeros first");
        return weight.reshape(rows / numBlocks2, numBlocks2, numBlocks1, columns / numBlocks1).permute(1, 2, 0, 3).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The Monarch matrix nearest to a matrix in the Frobenius norm (section 3.3 of the paper, here for rectangular matrices as well). The squared distance is the
    /// sum of the squared singular values left out, over all slices.
    /// </summary>
    /// <remarks>
    /// Each of the k·q values between the factors belongs to one input block κ and one output block λ. So every slice is approximated by itself, with as many terms of its
    /// singular value decomposition as values belong to it: q/l, or where l does not divide q the whole number below or above.
    /// </remarks>
    /// <param name="weight"><c>[s·l, k·p]</c>; double precision makes the factors exact to 1e-12.</param>
    /// <param name="numBlocks1">Number k of blocks of the first factor.</param>
    /// <param name="numBlocks2">Number l of blocks of the second factor.</param>
    /// <param name="innerSize">Rows q of a block of the first factor; l divides k·q, and a slice has q/l singular values or more.</param>
    /// <exception cref="FrugalException">The sizes do not fit together.</exception>
    public static MonarchFactors Project(Tensor weight, long numBlocks1, long numBlocks2, long innerSize)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        var slices = Slices(weight, numBlocks1, numBlocks2);
        long rows = slices.shape[2], columns = slices.shape[3], between = numBlocks1 * innerSize;
        long terms = (innerSize + numBlocks2 - 1) / numBlocks2;
        if (between % numBlocks2 != 0)
            throw new FrugalException($"{numBlocks1} blocks of {innerSize} rows cannot be shared among {numBlocks2} blocks: {between} is no multiple of {numBlocks2}");
        if (terms > Math.Min(rows, columns))
            throw new FrugalException($"slices of {rows}x{columns} have no {terms} singular values: {innerSize} rows a block are too many for {numBlocks2} blocks");
        var (left, singularValues, right) = linalg.svd(slices, fullMatrices: false);
        var root = singularValues.sqrt().unsqueeze(-1);
        var (output, input, term) = Owners(numBlocks1, numBlocks2, innerSize, weight.device);
        var blkdiag1 = (right * root).index(output, input, term).reshape(numBlocks1, innerSize, columns);
        var blkdiag2 = (left.transpose(-1, -2) * root).index(output, input, term).reshape(between / numBlocks2, numBlocks2, rows).permute(1, 2, 0).contiguous();
        return new(blkdiag1.MoveToOuterDisposeScope(), blkdiag2.MoveToOuterDisposeScope());
    }

    // For each value between the factors: the output block and the input block it connects, and which of their values it is.
    private static (TensorIndex Output, TensorIndex Input, TensorIndex Term) Owners(long numBlocks1, long numBlocks2, long innerSize, Device device)
    {
        long[] values = new long[numBlocks1 * innerSize];
        for (int i = 0; i < values.Length; i++)
            values[i] = i;
        return (
            Index(value => value % numBlocks2),
            Index(value => value / innerSize),
            Index(value => value % innerSize / numBlocks2));

        TensorIndex Index(Func<long, long> of) => TensorIndex.Tensor(tensor(Array.ConvertAll(values, value => of(value)), device: device));
    }
}

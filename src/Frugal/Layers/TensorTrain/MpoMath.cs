using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Matrix product operators (tensor trains of a matrix): <c>W[(o_1…o_n), (i_1…i_n)] = G_1[·,o_1,i_1,·] … G_n[·,o_n,i_n,·]</c> with cores <c>[χ_{k-1}, o_k, i_k, χ_k]</c> (Tomut et al. 2024, "CompactifAI",
/// arXiv 2401.14109). For two cores it is a sum of χ Kronecker products.
/// </summary>
public static class MpoMath
{
    /// <summary>Cuts a weight by one singular value decomposition after the other; for two cores the result is the nearest there is.</summary>
    /// <param name="weight"><c>[out, in]</c> with the shape's products as sizes; double precision makes the cores exact to 1e-12.</param>
    /// <param name="shape">How its axes are cut.</param>
    /// <param name="largestBond">Largest bond dimension χ.</param>
    /// <exception cref="FrugalException">The weight has other sizes than the shape.</exception>
    public static MpoDecomposition Decompose(Tensor weight, MpoShape shape, long largestBond)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(shape);
        if (weight.dim() != 2 || weight.shape[0] != shape.Out || weight.shape[1] != shape.In)
            throw new FrugalException($"a weight [{string.Join(", ", weight.shape)}] cannot be cut into {string.Join("·", shape.OutDims)} by {string.Join("·", shape.InDims)}; it must be [{shape.Out}, {shape.In}]");
        using var scope = NewDisposeScope();
        var bonds = shape.Bonds(largestBond);
        var (cores, values, discarded) = (new List<Tensor>(), new List<Tensor>(), new List<double>());
        var rest = Paired(weight.detach(), shape);
        for (int k = 0; k < shape.Count - 1; k++)
        {
            var (left, singular, right) = linalg.svd(rest.reshape(bonds[k] * shape.OutDims[k] * shape.InDims[k], -1), fullMatrices: false);
            long kept = bonds[k + 1];
            cores.Add(left.narrow(1, 0, kept).reshape(bonds[k], shape.OutDims[k], shape.InDims[k], kept).contiguous());
            values.Add(singular);
            discarded.Add(singular.narrow(0, kept, singular.shape[0] - kept).square().sum().ToDouble());
            rest = singular.narrow(0, 0, kept).unsqueeze(1) * right.narrow(0, 0, kept);
        }
        cores.Add(rest.reshape(bonds[^2], shape.OutDims[^1], shape.InDims[^1], 1).contiguous());
        foreach (var tensor in cores.Concat(values))
            tensor.MoveToOuterDisposeScope();
        return new(cores, values, discarded);
    }

    /// <summary>The smallest bond whose squared distance is at most the squared tolerance times the sum of the weight's squares.</summary>
    /// <param name="weight"><c>[out, in]</c> with the shape's products as sizes.</param>
    /// <param name="shape">How its axes are cut.</param>
    /// <param name="tolerance">τ, at least 0.</param>
    public static long BondFor(Tensor weight, MpoShape shape, double tolerance)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Guard.NotNegative(tolerance, nameof(tolerance));
        double allowed = tolerance * weight.square().sum().sqrt().ToDouble();
        long low = 1, high = shape.FullBond;
        while (low < high)
        {
            using var scope = NewDisposeScope();
            long middle = low + (high - low) / 2;
            (low, high) = Decompose(weight, shape, middle).Error <= allowed ? (low, middle) : (middle + 1, high);
        }
        return low;
    }

    /// <summary>The same operator with cores of equal Frobenius norm, which all learn at the same pace.</summary>
    public static IReadOnlyList<Tensor> SpreadNorms(IReadOnlyList<Tensor> cores)
    {
        ArgumentNullException.ThrowIfNull(cores);
        double[] norms = [.. cores.Select(core => core.square().sum().sqrt().ToDouble())];
        if (norms.Any(norm => norm == 0))
            return cores;
        double common = Math.Exp(norms.Average(Math.Log));
        return [.. cores.Select((core, k) => core * (common / norms[k]))];
    }

    /// <summary>The weight that the cores stand for, <c>[out, in]</c>.</summary>
    public static Tensor DenseWeight(IReadOnlyList<Tensor> cores)
    {
        ArgumentNullException.ThrowIfNull(cores);
        using var scope = NewDisposeScope();
        var product = cores[0].flatten(0, 2);
        foreach (var core in cores.Skip(1))
            product = product.matmul(core.flatten(1)).reshape(-1, core.shape[3]);
        // [o_1, i_1, o_2, i_2, …] to [o_1, o_2, …, i_1, i_2, …]
        long[] order = [.. Enumerable.Range(0, cores.Count).Select(k => 2L * k), .. Enumerable.Range(0, cores.Count).Select(k => 2L * k + 1)];
        var paired = product.view([.. cores.SelectMany(core => new[] { core.shape[1], core.shape[2] })]).permute(order);
        return paired.reshape(cores.Aggregate(1L, (rows, core) => rows * core.shape[1]), -1).MoveToOuterDisposeScope();
    }

    /// <summary>The product of each row with the operator, <c>[rows, in]</c> to <c>[rows, out]</c>, core by core.</summary>
    /// <param name="input"><c>[rows, i_1 … i_n]</c>.</param>
    /// <param name="cores">The cores.</param>
    /// <param name="fromFirst">Whether the first core is applied first; either way gives the same.</param>
    public static Tensor Multiply(Tensor input, IReadOnlyList<Tensor> cores, bool fromFirst)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(cores);
        using var scope = NewDisposeScope();
        long rows = input.shape[0], done = 1;
        var state = input;
        foreach (var core in fromFirst ? cores : cores.Reverse())
        {
            long[] size = core.shape;
            // From the first: [rows, outputs so far, bond, i_k, inputs to come]; from the last: [rows, inputs to come, i_k, bond, outputs so far].
            state = fromFirst
                ? einsum("bacir,coid->baodr", state.reshape(rows, done, size[0], size[2], -1), core)
                : einsum("blida,coid->blcoa", state.reshape(rows, -1, size[2], size[3], done), core);
            done *= size[1];
        }
        return state.reshape(rows, done).MoveToOuterDisposeScope();
    }

    private static Tensor Paired(Tensor weight, MpoShape shape) =>
        weight.reshape([.. shape.OutDims, .. shape.InDims]).permute([.. Enumerable.Range(0, shape.Count).SelectMany(k => new long[] { k, shape.Count + k })]);
}

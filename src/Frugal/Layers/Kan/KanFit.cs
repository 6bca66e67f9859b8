using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Chooses the family of every node by least squares in double precision: with <c>T = Σ α φ</c> over all families on a batch of the node's activations, a family with the basis values G leaves the error
/// <c>‖T - G C‖²</c> with <c>C = (GᵀG + εI)⁻¹GᵀT</c>; wavelets, which are not linear in place and width, are compared as they are.
/// </summary>
internal static class KanFit
{
    // Numbers of one double-precision tensor at most, so that wide layers are fitted a few nodes at a time.
    private const long MaxNumbers = 1 << 23;

    /// <summary>The choice of least error; ties go to the family that stands first in the pool.</summary>
    /// <param name="layer">A layer with all its families.</param>
    /// <param name="rows">Activations of its nodes, <c>[rows, inputs]</c>.</param>
    /// <param name="ridge">ε, above 0.</param>
    public static KanSelection Of(KanLayer layer, Tensor rows, double ridge)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        long inputs = layer.NumInputs, step = Math.Max(1, MaxNumbers / Math.Max(1, rows.shape[0] * layer.NumOutputs));
        var parts = new List<Part>();
        for (long first = 0; first < inputs; first += step)
            parts.Add(Nodes(layer, rows, ridge, first, Math.Min(step, inputs - first)));
        var errors = cat([.. parts.Select(part => part.Errors)]);
        var constants = layer.HasBias ? cat([.. parts.Select(part => part.Constants!)]) : null;
        var coefficients = parts[0].Coefficients.Keys.ToDictionary(family => family, family => cat([.. parts.Select(part => part.Coefficients[family])], 1).MoveToOuterDisposeScope());
        return new(errors.argmin(1).MoveToOuterDisposeScope(), errors.MoveToOuterDisposeScope(), coefficients, constants?.MoveToOuterDisposeScope());
    }

    private static Part Nodes(KanLayer layer, Tensor rows, double ridge, long first, long count)
    {
        using var scope = NewDisposeScope();
        var gates = layer.Gates().to(float64).narrow(0, first, count);
        var edges = layer.Pool.Select((family, k) => layer.Nodes.Edges(family, rows, first, count) * gates.select(1, k).view(-1, 1, 1)).ToList();
        var target = edges.Aggregate((sum, part) => sum + part);
        List<Tensor> errors = [], constants = [];
        var coefficients = new Dictionary<KanFamily, Tensor>();
        for (int k = 0; k < layer.Pool.Count; k++)
        {
            var family = layer.Pool[k];
            Tensor left, constant = zeros([count, layer.NumOutputs], float64, rows.device);
            if (family == KanFamily.Wavelet)
            {
                left = target - edges[k];
                if (layer.HasBias)
                    (constant, left) = (left.mean([1]), left - left.mean([1], keepdim: true));
            }
            else
            {
                bool hasConstant = layer.HasBias && !KanBasis.HasConstant(family);
                var (fitted, solution) = Solve(layer.Nodes.Values(family, rows, first, count), target, ridge, hasConstant);
                long functions = solution.shape[1] - (hasConstant ? 1 : 0);
                left = target - fitted;
                if (hasConstant)
                    constant = solution.select(1, functions);
                coefficients[family] = (solution.narrow(1, 0, functions) / gates.select(1, k).view(-1, 1, 1)).permute(2, 0, 1).MoveToOuterDisposeScope();
            }
            errors.Add(left.square().sum([1, 2]));
            constants.Add(constant);
        }
        return new(stack(errors, 1).MoveToOuterDisposeScope(), coefficients, layer.HasBias ? stack(constants, 1).MoveToOuterDisposeScope() : null);
    }

    // Basis [nodes, rows, n] and target [nodes, rows, outputs] to what the family makes of it and its coefficients [nodes, n (+ 1), outputs].
    private static (Tensor Fitted, Tensor Solution) Solve(Tensor basis, Tensor target, double ridge, bool hasConstant)
    {
        if (hasConstant)
            basis = cat([basis, ones([basis.shape[0], basis.shape[1], 1], float64, basis.device)], -1);
        var transposed = basis.transpose(1, 2);
        var squares = transposed.matmul(basis) + ridge * eye(basis.shape[2], dtype: float64, device: basis.device);
        var solution = linalg.solve(squares, transposed.matmul(target));
        return (basis.matmul(solution), solution);
    }

    private sealed record Part(Tensor Errors, IReadOnlyDictionary<KanFamily, Tensor> Coefficients, Tensor? Constants);
}

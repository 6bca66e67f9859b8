using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>What single nodes of a layer that weighs its families compute, in double precision and without gradients: for choosing, pruning and refining.</summary>
internal sealed class KanNodes(KanLayer layer, KanParameters own)
{
    /// <summary>Values of a family's functions: <c>[nodes, rows, n]</c>.</summary>
    /// <param name="family">The family.</param>
    /// <param name="rows">Activations of all nodes, <c>[rows, inputs]</c>.</param>
    /// <param name="first">First node.</param>
    /// <param name="count">Number of nodes.</param>
    public Tensor Values(KanFamily family, Tensor rows, long first, long count) => layer.Basis.Values(
        family, rows.narrow(1, first, count).to(float64), [.. own.Others(family).Select(other => (Part(other.Value, other.Axis, first, count), other.Name, other.Axis))]).transpose(0, 1);

    /// <summary>Outputs of a family's edges, without α: <c>[nodes, rows, outputs]</c>.</summary>
    public Tensor Edges(KanFamily family, Tensor rows, long first, long count)
    {
        var coefficients = Part(own.Scaled(family), 1, first, count);
        return family == KanFamily.Wavelet
            ? (KanMath.Wavelets(rows.narrow(1, first, count).to(float64), Part(own["wav_translation"], 1, first, count), Part(own["wav_scale"], 1, first, count), layer.Wavelet) * coefficients).permute(2, 0, 1)
            : Values(family, rows, first, count).matmul(coefficients.permute(1, 2, 0));
    }

    /// <summary>Standard deviation of every edge's output, base branch and all families, over rows: <c>[outputs, inputs]</c>.</summary>
    public Tensor Spread(Tensor rows)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var gates = layer.Gates().to(float64);
        var spreads = new List<Tensor>();
        for (long node = 0; node < layer.NumInputs; node++)
        {
            using var inner = NewDisposeScope();
            var edges = layer.Pool.Select((family, k) => Edges(family, rows, node, 1) * gates[node, k]).Aggregate((sum, part) => sum + part)[0];
            if (layer.HasBase)
                edges += functional.silu(rows.narrow(1, node, 1).to(float64)) * own["base_weight"].select(1, node).to(float64);
            spreads.Add(edges.std(0, unbiased: false).MoveToOuterDisposeScope());
        }
        return stack(spreads, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Coefficients times a number of each node.</summary>
    /// <param name="coefficients"><c>[out, in, n]</c> or <c>[out, in]</c>.</param>
    /// <param name="factors"><c>[in]</c>.</param>
    public static Tensor Times(Tensor coefficients, Tensor factors) => coefficients * (coefficients.dim() == 3 ? factors.view(1, -1, 1) : factors.view(1, -1));

    // What all nodes share has one row.
    private static Tensor Part(Tensor values, int axis, long first, long count) =>
        (values.shape[axis] == 1 && axis == 0 ? values.detach() : values.detach().narrow(axis, first, count)).to(float64);
}

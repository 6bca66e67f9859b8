using Frugal.Models.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Compression.Cells;

/// <summary>Reads a cell out of the weights of its edges (Liu et al. 2019, section 2.4).</summary>
internal static class CellChoice
{
    /// <summary>For each node the two states with the largest weight of an operation, larger first, each with that operation. Doing nothing is never chosen.</summary>
    /// <param name="alphas"><c>[edges, operations]</c>, before the softmax; edges node by node.</param>
    /// <param name="choices">The operations.</param>
    public static IReadOnlyList<CellEdge> Of(Tensor alphas, IReadOnlyList<CellOperation> choices)
    {
        using var scope = NewDisposeScope();
        double[] weights = alphas.detach().to(float64).softmax(1).cpu().contiguous().data<double>().ToArray();
        int[] real = [.. Enumerable.Range(0, choices.Count).Where(i => choices[i] != CellOperation.None)];
        List<CellEdge> cell = [];
        for (int first = 0, states = 2; first < alphas.shape[0]; first += states, states++)
        {
            int start = first;
            cell.AddRange(Enumerable.Range(0, states)
                .Select(state => (State: state, Best: real.MaxBy(i => weights[(start + state) * choices.Count + i])))
                .OrderByDescending(edge => weights[(start + edge.State) * choices.Count + edge.Best])
                .Take(2)
                .Select(edge => new CellEdge(choices[edge.Best], edge.State)));
        }
        return cell;
    }

    /// <summary>How far apart the weights of two searches are: the sum of absolute differences over the operations, averaged over edges.</summary>
    public static double Distance(IReadOnlyList<Tensor> alphas, IReadOnlyList<Tensor> others)
    {
        using var scope = NewDisposeScope();
        return alphas.Zip(others, (own, other) => (own.softmax(1) - other.softmax(1)).abs().sum(1).mean().ToDouble()).Average();
    }
}

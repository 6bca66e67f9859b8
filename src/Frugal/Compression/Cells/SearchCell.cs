using Frugal.Models.Vision;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Cells;

/// <summary>
/// A cell in which every node reads every earlier state through a <see cref="MixedOperation"/>. Two states and the weights <c>[edges, operations]</c> to <c>[b, outputs · width, h', w']</c>. Weight names as
/// in DARTS: <c>preprocess0</c>, <c>preprocess1</c>, <c>_ops.E._ops.O</c> with the edges node by node.
/// </summary>
internal sealed class SearchCell : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly int nodes, outputs;
    private readonly Module<Tensor, Tensor> preprocess0, preprocess1;
    private readonly ModuleList<MixedOperation> edges;

    /// <param name="parts">Makes the layers.</param>
    /// <param name="choices">Operations of each edge.</param>
    /// <param name="nodes">Nodes of the cell.</param>
    /// <param name="outputs">How many of them, from the last back, the output holds.</param>
    /// <param name="channels">Channels of the cell before the last, of the last, and of a node here.</param>
    /// <param name="isReduction">Whether edges from the two states that come in halve the image.</param>
    /// <param name="followsReduction">Whether the last cell did.</param>
    public SearchCell(CellParts parts, IReadOnlyList<CellOperation> choices, int nodes, int outputs, (long BeforeLast, long Last, long Width) channels, bool isReduction, bool followsReduction)
        : base(nameof(SearchCell))
    {
        (this.nodes, this.outputs) = (nodes, outputs);
        preprocess0 = parts.First(channels.BeforeLast, channels.Width, followsReduction);
        preprocess1 = parts.Widen(channels.Last, channels.Width);
        edges = new([.. from node in Enumerable.Range(0, nodes)
                        from state in Enumerable.Range(0, node + 2)
                        select new MixedOperation(parts, choices, channels.Width, isReduction && state < 2 ? 2 : 1)]);
        register_module("preprocess0", preprocess0);
        register_module("preprocess1", preprocess1);
        register_module("_ops", edges);
    }

    /// <summary>Edges of a cell: node i reads i + 2 states.</summary>
    public static int NumEdges(int nodes) => nodes * (nodes + 3) / 2;

    public override Tensor forward(Tensor beforeLast, Tensor last, Tensor weights)
    {
        using var scope = NewDisposeScope();
        List<Tensor> states = [preprocess0.call(beforeLast), preprocess1.call(last)];
        int edge = 0;
        for (int node = 0; node < nodes; node++)
        {
            var terms = states.Select(state => (state, Number: edge++)).ToList();
            states.Add(terms.Select(term => edges[term.Number].call(term.state, weights[term.Number])).Aggregate((sum, term) => sum + term));
        }
        return cat([.. states.TakeLast(outputs)], 1).MoveToOuterDisposeScope();
    }
}

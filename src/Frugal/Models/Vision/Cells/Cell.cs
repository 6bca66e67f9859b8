using Frugal.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>
/// A cell of a <see cref="CellNetwork"/>: each node is the sum of two edges from earlier states, and the output holds the channels of all nodes. Two states <c>[b, …, h, w]</c> to
/// <c>[b, nodes · width, h', w']</c>, where a reduction halves height and width. Weight names as in DARTS: <c>preprocess0</c>, <c>preprocess1</c>, <c>_ops.0</c> ….
/// </summary>
internal sealed class Cell : Module<Tensor, Tensor, Tensor>
{
    private readonly IReadOnlyList<CellEdge> edges;
    private readonly bool isReduction;
    private Module<Tensor, Tensor> preprocess0, preprocess1, drop_path, output;
    // Surgery knows members by their names, which are the weights'.
    private readonly ModuleList<Module<Tensor, Tensor>> _ops;

    /// <param name="edges">Two for each node.</param>
    /// <param name="channels">Channels of the cell before the last, of the last, and of a node here.</param>
    /// <param name="isReduction">Whether edges from the two states that come in halve the image.</param>
    /// <param name="followsReduction">Whether the last cell did.</param>
    /// <param name="dropPathRate">Probability of dropping an edge in training.</param>
    public Cell(IReadOnlyList<CellEdge> edges, (long BeforeLast, long Last, long Width) channels, bool isReduction, bool followsReduction, double dropPathRate) : base(nameof(Cell))
    {
        (this.edges, this.isReduction) = (edges, isReduction);
        var parts = new CellParts(isSearch: false);
        preprocess0 = parts.First(channels.BeforeLast, channels.Width, followsReduction);
        preprocess1 = parts.Widen(channels.Last, channels.Width);
        _ops = new([.. edges.Select(edge => parts.Operation(edge.Operation, channels.Width, StrideOf(edge)))]);
        drop_path = new DropPath(dropPathRate);
        output = Identity();
        register_module("preprocess0", preprocess0);
        register_module("preprocess1", preprocess1);
        register_module("_ops", _ops);
        register_module("drop_path", drop_path);
        register_module("output", output);
    }

    public override Tensor forward(Tensor beforeLast, Tensor last)
    {
        using var scope = NewDisposeScope();
        List<Tensor> states = [preprocess0.call(beforeLast), preprocess1.call(last)];
        for (int i = 0; i < edges.Count; i += 2)
            states.Add(Edge(i, states) + Edge(i + 1, states));
        return output.call(cat([.. states.Skip(2)], 1)).MoveToOuterDisposeScope();
    }

    private Tensor Edge(int number, List<Tensor> states)
    {
        var edge = edges[number];
        var result = _ops[number].call(states[edge.Input]);
        // An edge that passes its input on is what keeps information flowing; DARTS never drops it.
        return edge.Operation == CellOperation.SkipConnect && StrideOf(edge) == 1 ? result : drop_path.call(result);
    }

    private long StrideOf(CellEdge edge) => isReduction && edge.Input < 2 ? 2 : 1;
}

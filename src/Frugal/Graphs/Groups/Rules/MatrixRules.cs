using Frugal.Graphs.Groups.Slots;

namespace Frugal.Graphs.Groups.Rules;

/// <summary>
/// Products of matrices: both operands are laid over <c>[…, m, p, k]</c>, where what meets belongs together, and summed over <c>k</c>. Channels that lie over heads and their
/// width jointly come out of the sum over the width as whole heads.
/// </summary>
internal static class MatrixRules
{
    public static void AddTo(ChannelRules rules)
    {
        rules.Add("linear", Linear);
        rules.Add(["mm", "bmm", "matmul"], call => call.Return(Product(call, call.Node.Inputs[0], call.Node.Inputs[1])));
        rules.Add(["addmm", "baddbmm", "_addmm_activation"], call => call.Return(Sum(call, call.Node.Inputs[0], Product(call, call.Node.Inputs[1], call.Node.Inputs[2]))));
        rules.Add("embedding", Embedding);
    }

    /// <summary><c>a [..., m, k] × b [..., p, k]</c>, the second already turned, to <c>[..., m, p]</c>.</summary>
    public static SlotLayout Contract(ChannelCall call, SlotLayout a, SlotLayout b, bool hasWeight)
    {
        var (rows, columns) = (a.Insert(a.Rank - 1), b.Insert(b.Rank - 2));
        int rank = Math.Max(rows.Rank, columns.Rank);
        long[] shape = [.. Enumerable.Range(0, rank).Select(axis => Math.Max(SizeAt(rows, axis - rank), SizeAt(columns, axis - rank)))];
        var product = call.Broadcast([rows, columns], shape);
        if (!hasWeight && product.BlockOf(rank - 1) is { Axes.Count: 1 } summed)
            call.Algebra.Freeze(summed.Slots, "it is summed over in a product of two activations");
        return call.Algebra.Reduce(product, [rank - 1], keepsAxes: false).From(null);
    }

    private static void Linear(ChannelCall call)
    {
        var weight = call.Node.Inputs[1];
        call.Mark(weight, 0, ChannelRole.Makes);
        call.Mark(weight, 1, ChannelRole.Reads);
        bool isVector = call.X.Rank == 1;
        var product = Contract(call, isVector ? call.X.Insert(0) : call.X, call.Of(weight), hasWeight: true);
        product = isVector ? product.Drop(0) : product;
        call.Return(call.Tensor("bias") is { } bias ? Sum(call, bias, product) : product);
    }

    private static SlotLayout Product(ChannelCall call, GraphValue a, GraphValue b)
    {
        var (left, right) = (call.Of(a), call.Of(b));
        call.Mark(a, left.Rank - 1, ChannelRole.Reads);
        call.Mark(b, Math.Max(right.Rank - 2, 0), ChannelRole.Reads);
        if (left.Rank > 1)
            call.Mark(a, left.Rank - 2, ChannelRole.Makes);
        if (right.Rank > 1)
            call.Mark(b, right.Rank - 1, ChannelRole.Makes);
        var (isRow, isColumn) = (left.Rank == 1, right.Rank == 1);
        left = isRow ? left.Insert(0) : left;
        right = isColumn ? right.Insert(0) : Turned(right);
        var product = Contract(call, left, right, a.Storage.Parameter is not null || b.Storage.Parameter is not null);
        product = isColumn ? product.Drop(product.Rank - 1) : product;
        return isRow ? product.Drop(product.Rank - (isColumn ? 1 : 2)) : product;
    }

    private static SlotLayout Sum(ChannelCall call, GraphValue bias, SlotLayout product)
    {
        call.Mark(bias, call.Of(bias).Rank - 1, ChannelRole.Makes);
        return call.Broadcast([call.Of(bias), product], product.Shape);
    }

    /// <summary>Rows of a table <c>[entries, width]</c>; the entries are not channels.</summary>
    private static void Embedding(ChannelCall call)
    {
        var table = call.Node.Inputs[0];
        call.Mark(table, 1, ChannelRole.Makes);
        call.FreezeAlong(call.Of(table), 0, "entries of a table are looked up");
        var rows = call.Of(table).BlockOf(1);
        call.Return(new SlotLayout(call.OutputShape, rows is null ? [] : [new SlotBlock([call.OutputShape.Count - 1], rows.Slots)]));
    }

    public static SlotLayout Turned(SlotLayout layout) =>
        layout.Permute([.. Enumerable.Range(0, layout.Rank - 2), layout.Rank - 1, layout.Rank - 2]);

    private static long SizeAt(SlotLayout layout, int fromEnd) => layout.Rank + fromEnd >= 0 ? layout.Shape[layout.Rank + fromEnd] : 1;
}

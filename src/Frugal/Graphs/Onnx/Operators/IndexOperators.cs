using Frugal.Graphs.Onnx.Symbols;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Parts of tensors, by ranges and by indices.</summary>
internal static class IndexOperators
{
    public static void AddTo(OperatorTable table)
    {
        table.Add("slice", call => call.Return(Range(call, call.X)));
        table.Add("narrow", Narrow);
        table.Add("select", call => call.Return(Select(call, call.X)));
        table.Add("index", Index);
        table.Add("index_select", call => call.Return(call.Emit.Add("Gather", [call.X, call.Emit.Of(call.Tensor("index"))], ("axis", call.Axis()))));
        table.Add("embedding", call => call.Return(call.Emit.Add("Gather", [call.Emit.Of(call.Tensor("weight")), call.Emit.Of(call.Tensor("indices"))], ("axis", 0))));
        table.Add("gather", call => call.Return(call.Emit.Add("GatherElements", [call.X, call.Emit.Of(call.Tensor("index"))], ("axis", call.Axis()))));
        table.Add("scatter", Scatter);
        table.Add("scatter_add", call => call.Return(ScatterElements(call, call.Emit.Of(call.Tensor("src")), "add")));
        table.Add("index_put", Put);
        table.Add("index_copy", call => PutAlong(call, "none"));
        table.Add("index_add", call => PutAlong(call, "add"));
        table.Add("flip", Flip);
        table.Add("roll", Roll);
        table.Add("one_hot", OneHot);
    }

    private static string Range(OperatorCall call, string x) =>
        call.Slice(x, call.Axis(), call.Has("start") ? call.Size("start") : 0, call.Has("end") ? call.Size("end") : long.MaxValue, call.Integer("step"));

    private static void Narrow(OperatorCall call)
    {
        var (start, length) = (call.Size("start"), call.Size("length"));
        if (start is { IsConstant: true, Value: < 0 })
            start += call.Input.Shape[call.Axis()];
        call.Return(call.Slice(call.X, call.Axis(), start, start + length));
    }

    private static string Select(OperatorCall call, string x)
    {
        var index = call.Size("index");
        return call.Emit.Add("Gather", [x, call.Count(index)], ("axis", call.Axis()));
    }

    /// <summary>
    /// Tensors of indices for some dimensions. The indexed dimensions go to the front for GatherND; their result stands where they stood if
    /// they were neighbours, and in front otherwise, as in NumPy.
    /// </summary>
    private static void Index(OperatorCall call)
    {
        var (axes, indices) = Indices(call);
        if (axes.Count == 1)
        {
            call.Return(call.Emit.Add("Gather", [call.X, call.Emit.Of(indices[0])], ("axis", axes[0])));
            return;
        }
        var rest = Enumerable.Range(0, call.Input.Rank).Except(axes).ToList();
        var gathered = call.Emit.Add("GatherND", [call.Transpose(call.X, [.. axes, .. rest]), Positions(call, indices)]);
        var areNeighbours = axes[^1] - axes[0] == axes.Count - 1;
        var rank = indices.Max(index => index.Rank);
        if (areNeighbours && axes[0] > 0)
        {
            int[] order = [.. Enumerable.Range(rank, axes[0]), .. Enumerable.Range(0, rank), .. Enumerable.Range(rank + axes[0], rest.Count - axes[0])];
            gathered = call.Transpose(gathered, order);
        }
        call.Return(gathered);
    }

    private static (IReadOnlyList<int> Axes, IReadOnlyList<SymbolicValue> Indices) Indices(OperatorCall call)
    {
        var list = (IReadOnlyList<object?>)call.Argument("indices")!;
        List<int> axes = [.. Enumerable.Range(0, list.Count).Where(i => list[i] is SymbolicValue)];
        List<SymbolicValue> indices = [.. axes.Select(i => (SymbolicValue)list[i]!)];
        if (indices.Any(index => index.DType is ScalarType.Bool or ScalarType.Byte))
            throw call.Unsupported("how many elements a mask selects depends on the values; use where or masked_fill");
        return (axes, indices);
    }

    /// <summary>The indices side by side in a last dimension, each spread to the shape that all have together.</summary>
    private static string Positions(OperatorCall call, IReadOnlyList<SymbolicValue> indices)
    {
        var rank = indices.Max(index => index.Rank);
        var shape = Enumerable.Range(0, rank).Select(i => indices
            .Select(index => i - (rank - index.Rank) is >= 0 and var axis ? index.Shape[axis] : 1)
            .FirstOrDefault(size => size != 1L, 1)).ToList();
        var parts = indices.Select(index => call.As(index, ScalarType.Int64))
            .Select((name, i) => indices[i].Shape.SequenceEqual(shape) ? name : call.Emit.Add("Expand", [name, call.Emit.Sizes(shape)]))
            .Select(name => call.Unsqueeze(name, rank)).ToList();
        return parts.Count == 1 ? parts[0] : call.Emit.Add("Concat", parts, ("axis", rank));
    }

    private static void Scatter(OperatorCall call)
    {
        var index = call.Tensor("index");
        var source = call.Argument("src") is SymbolicValue src ? call.As(src, call.Output.DType)
            : call.Emit.Add("Expand", [call.Emit.Scalar(call.Number("value"), call.Output.DType), call.Emit.Sizes(index.Shape)]);
        call.Return(ScatterElements(call, source, call.Text("reduce") switch { null => "none", "add" => "add", "multiply" => "mul", var other => throw call.Unsupported($"ONNX cannot reduce by {other}") }));
    }

    private static string ScatterElements(OperatorCall call, string source, string reduction)
    {
        // libtorch allows a source that is larger than the index, of which the first part is used.
        var index = call.Tensor("index");
        if (call.Argument("src") is SymbolicValue src && !src.Shape.SequenceEqual(index.Shape))
        {
            for (var axis = 0; axis < index.Rank; axis++)
                source = call.Slice(source, axis, 0, index.Shape[axis]);
        }
        return call.Emit.Add("ScatterElements", [call.X, call.Emit.Of(index), source], ("axis", call.Axis()), ("reduction", reduction));
    }

    private static void Put(OperatorCall call)
    {
        var (axes, indices) = Indices(call);
        if (axes[^1] != axes.Count - 1)
            throw call.Unsupported("it puts values by indices of inner dimensions; index the leading ones");
        var positions = Positions(call, indices);
        // Updates have the shape of the indices, then what a place holds.
        var rank = indices.Max(index => index.Rank);
        var shape = Enumerable.Range(0, rank).Select(i => indices
            .Select(index => i - (rank - index.Rank) is >= 0 and var axis ? index.Shape[axis] : 1)
            .FirstOrDefault(size => size != 1L, 1));
        var updates = call.Emit.Add("Expand", [call.Operand("values", call.Output.DType), call.Emit.Sizes([.. shape, .. call.Input.Shape.Skip(axes.Count)])]);
        call.Return(call.Emit.Add("ScatterND", [call.X, positions, updates], ("reduction", call.Flag("accumulate") ? "add" : "none")));
    }

    /// <summary>Slices of a source to the positions of a list along one dimension: that dimension goes to the front and back.</summary>
    private static void PutAlong(OperatorCall call, string reduction)
    {
        var axis = call.Axis();
        int[] order = [axis, .. Enumerable.Range(0, call.Input.Rank).Where(i => i != axis)];
        var source = call.Operand("source", call.Output.DType);
        if (call.Has("alpha") && call.Number("alpha") is not 1 and var alpha)
            source = call.Emit.Add("Mul", [source, call.Emit.Scalar(alpha, call.Output.DType)]);
        var positions = call.Unsqueeze(call.Emit.Of(call.Tensor("index")), 1);
        var put = call.Emit.Add("ScatterND", [call.Transpose(call.X, order), positions, call.Transpose(source, order)], ("reduction", reduction));
        call.Return(call.Transpose(put, [.. Enumerable.Range(0, order.Length).Select(i => Array.IndexOf(order, i))]));
    }

    private static void Flip(OperatorCall call)
    {
        var axes = call.Axes("dims").Select(axis => (long)axis).ToList();
        long[] Each(long value) => [.. axes.Select(_ => value)];
        call.Return(call.Emit.Add("Slice", [call.X, call.Emit.Integers(Each(-1)), call.Emit.Integers(Each(long.MinValue)), call.Emit.Integers(axes), call.Emit.Integers(Each(-1))]));
    }

    private static void Roll(OperatorCall call)
    {
        var (shifts, axes) = (call.Integers("shifts"), call.Integers("dims"));
        if (axes.Length == 0)
            throw call.Unsupported("it rolls through all dimensions as one; name the dimension");
        var x = call.X;
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = OperatorCall.Axis(axes[i], call.Input.Rank);
            var size = call.Input.Shape[axis];
            if (call.Output.Runs.DependsOnBatch(size))
                throw call.Unsupported("it rolls examples through the batch");
            // Of a dimension whose length may change, the shift is taken to be shorter than it.
            var shift = !size.IsConstant ? shifts[i] : size.Value == 0 ? 0 : ((shifts[i] % size.Value) + size.Value) % size.Value;
            if (shift != 0)
                x = call.Emit.Add("Concat", [call.Slice(x, axis, -shift, long.MaxValue), call.Slice(x, axis, 0, -shift)], ("axis", axis));
        }
        call.Return(x);
    }

    private static void OneHot(OperatorCall call)
    {
        if (!call.Output.Shape[^1].IsConstant || call.Integer("num_classes") < 0)
            throw call.Unsupported("the number of classes is taken from the values; give it");
        var values = call.Emit.Constant([.. ScalarBytes.Of(0, ScalarType.Int64), .. ScalarBytes.Of(1, ScalarType.Int64)], ScalarType.Int64, [2]);
        call.Return(call.Emit.Add("OneHot", [call.X, call.Emit.Scalar(call.Integer("num_classes"), ScalarType.Int64), values], ("axis", -1)));
    }
}

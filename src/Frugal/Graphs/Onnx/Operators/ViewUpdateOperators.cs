using Frugal.Graphs.Capturing;
using Frugal.Graphs.Onnx.Symbols;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>What an in-place update of a view does to the tensor below it and to its other views, without changing anything in place.</summary>
internal static class ViewUpdateOperators
{
    public static void AddTo(OperatorTable table)
    {
        table.Add(ViewTracker.ViewOperator, call => call.Return(Along(call, call.X)[^1]));
        table.Add(ViewTracker.UpdateOperator, Update);
    }

    /// <summary>The tensor, and each view on the path, as they are for this content of the tensor.</summary>
    private static List<string> Along(OperatorCall call, string whole)
    {
        List<string> names = [whole];
        foreach (var (node, output) in call.Node.Path)
        {
            var step = new OperatorCall(node, call.Emit);
            var translation = OperatorTable.Default.Find(node.Operator) ?? throw step.Unsupported("it makes a view that is used after an update of its tensor, and has no counterpart");
            names.Add(call.Emit.With(step.Input, names[^1], node.Outputs, () => translation(step), node.Outputs[output]));
        }
        return names;
    }

    private static void Update(OperatorCall call)
    {
        var names = Along(call, call.X);
        var updated = call.Emit.Of(call.Tensor("updated"));
        for (var i = call.Node.Path.Count - 1; i >= 0; i--)
            updated = PutBack(new OperatorCall(call.Node.Path[i].Node, call.Emit), call.Node.Path[i].Output, names[i], updated);
        call.Return(updated);
    }

    /// <summary>The tensor <paramref name="whole"/> with the view that the step makes of it replaced.</summary>
    private static string PutBack(OperatorCall step, int output, string whole, string view)
    {
        var name = step.Node.Operator["aten::".Length..];
        switch (name)
        {
            case "view" or "reshape" or "_unsafe_view" or "_reshape_alias" or "flatten" or "unflatten" or "squeeze" or "unsqueeze" or "view_as":
                return step.Reshape(view, step.Input.Shape);
            case "permute":
                var order = step.Integers("dims").Select(axis => OperatorCall.Axis(axis, step.Input.Rank)).ToArray();
                return step.Transpose(view, Enumerable.Range(0, order.Length).Select(axis => Array.IndexOf(order, axis)));
            case "t" or "numpy_T":
                return step.Input.Rank < 2 ? view : step.Transpose(view, Enumerable.Range(0, step.Input.Rank).Reverse());
            case "transpose":
                var (a, b) = (step.Axis("dim0"), step.Axis("dim1"));
                return step.Transpose(view, Enumerable.Range(0, step.Input.Rank).Select(axis => axis == a ? b : axis == b ? a : axis));
            case "select":
                var index = FromFront(step, step.Size("index"));
                return Between(step, whole, step.Axis(), index, index + 1, step.Unsqueeze(view, step.Axis()));
            case "slice" when step.Integer("step") == 1:
                return Between(step, whole, step.Axis(), FromFront(step, step.Has("start") ? step.Size("start") : 0), null, view);
            case "narrow":
                return Between(step, whole, step.Axis(), FromFront(step, step.Size("start")), null, view);
            case "split" or "split_with_sizes" or "chunk":
                var start = step.Node.Outputs.Take(output).Aggregate((Extent)0, (sum, part) => sum + part.Shape[step.Axis()]);
                return Between(step, whole, step.Axis(), start, start + step.Node.Outputs[output].Shape[step.Axis()], view);
            case "unbind":
                return Between(step, whole, step.Axis(), output, output + 1, step.Unsqueeze(view, step.Axis()));
            case "detach" or "alias" or "contiguous":
                return view;
            default:
                throw step.Unsupported("the view that it makes is updated in place; update a copy instead");
        }
    }

    /// <summary>What lies before, the view, and what lies after it along an axis. The end follows from the view's own size where it is not given.</summary>
    private static string Between(OperatorCall step, string whole, int axis, Extent start, Extent? end, string view)
    {
        var size = step.Input.Shape[axis];
        var stop = end ?? start + step.Output.Shape[axis];
        List<string> parts = [view];
        if (start != 0L)
            parts.Insert(0, step.Slice(whole, axis, 0, start));
        if (stop != size)
            parts.Add(step.Slice(whole, axis, stop, long.MaxValue));
        return parts.Count == 1 ? view : step.Emit.Add("Concat", parts, ("axis", axis));
    }

    private static Extent FromFront(OperatorCall step, Extent position) =>
        position is { IsConstant: true, Value: < 0 } ? step.Input.Shape[step.Axis()] + position : position;
}

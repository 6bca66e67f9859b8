using Frugal.Graphs.Onnx.Symbols;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Tensors put together, and taken apart into several.</summary>
internal static class JoinOperators
{
    public static void AddTo(OperatorTable table)
    {
        table.Add(["cat", "concat", "concatenate"], Concatenate);
        table.Add("stack", Stack);
        table.Add(["split", "split_with_sizes", "chunk", "tensor_split"], Split);
        table.Add("unbind", Unbind);
    }

    private static void Concatenate(OperatorCall call)
    {
        // libtorch skips tensors of shape [0], whatever the others' rank.
        var parts = call.Tensors("tensors").Where(part => !(part.Rank == 1 && call.Output.Rank != 1)).Select(part => call.As(part, call.Output.DType)).ToList();
        call.Return(parts.Count == 1 ? parts[0] : call.Emit.Add("Concat", parts, ("axis", OperatorCall.Axis(call.Integer("dim"), call.Output.Rank))));
    }

    private static void Stack(OperatorCall call)
    {
        var axis = OperatorCall.Axis(call.Integer("dim"), call.Output.Rank);
        var parts = call.Tensors("tensors").Select(part => call.Unsqueeze(call.As(part, call.Output.DType), axis)).ToList();
        call.Return(parts.Count == 1 ? parts[0] : call.Emit.Add("Concat", parts, ("axis", axis)));
    }

    private static void Split(OperatorCall call)
    {
        var axis = call.Axis();
        IReadOnlyList<Extent> sizes = [.. call.Node.Outputs.Select(part => part.Shape[axis])];
        if (sizes.Count == 1)
        {
            call.Return(call.X);
            return;
        }
        var parts = call.Emit.AddMany("Split", sizes.Count, [call.X, call.Emit.Sizes(sizes)], ("axis", axis));
        for (var i = 0; i < parts.Count; i++)
            call.Return(i, parts[i]);
    }

    private static void Unbind(OperatorCall call)
    {
        var axis = call.Axis();
        if (!call.Input.Shape[axis].IsConstant)
            throw call.Unsupported("the number of results depends on the batch");
        for (var i = 0; i < call.Node.Outputs.Count; i++)
            call.Return(i, call.Emit.Add("Gather", [call.X, call.Emit.Scalar(i, TorchSharp.torch.ScalarType.Int64)], ("axis", axis)));
    }
}

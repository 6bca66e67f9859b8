using Frugal.Graphs.Onnx.Symbols;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Scaled dot-product attention: <c>softmax(q kᵀ · scale + mask) v</c>.</summary>
internal static class AttentionOperators
{
    public static void AddTo(OperatorTable table) => table.Add("scaled_dot_product_attention", Attend);

    private static void Attend(OperatorCall call)
    {
        if (call.Number("dropout_p") > 0)
            throw call.Unsupported("its dropout is active, and a model that draws random numbers has no single result; pass a probability of 0 in evaluation");
        var (query, key, value) = (call.Tensor("query"), call.Tensor("key"), call.Tensor("value"));
        var scale = call.Has("scale") ? call.Number("scale") : 1 / Math.Sqrt(query.Shape[^1].Offset);
        int[] turned = [.. Enumerable.Range(0, key.Rank - 2), key.Rank - 1, key.Rank - 2];
        // Both sides take the root of the scale, as libtorch does, so that half precision does not overflow.
        var root = call.Emit.Scalar(Math.Sqrt(scale), query.DType);
        var (keys, values) = (Shared(call, key, query), Shared(call, value, query));
        var scores = call.Emit.Add("MatMul", [call.Emit.Add("Mul", [call.Emit.Of(query), root]), call.Emit.Add("Mul", [call.Transpose(keys, turned), root])]);
        if (Mask(call, query, key) is { } mask)
            scores = call.Emit.Add("Add", [scores, mask]);
        call.Return(call.Emit.Add("MatMul", [call.Emit.Add("Softmax", [scores], ("axis", -1)), values]));
    }

    /// <summary>Keys or values, repeated for the queries' heads that share them.</summary>
    private static string Shared(OperatorCall call, SymbolicValue part, SymbolicValue query)
    {
        var name = call.Emit.Of(part);
        if (!call.Flag("enable_gqa") || part.Shape[^3] == query.Shape[^3])
            return name;
        var (axis, heads) = (part.Rank - 3, part.Shape[^3].Offset);
        var copies = query.Shape[^3].Offset / heads;
        var tiled = call.Emit.Add("Tile", [call.Unsqueeze(name, axis + 1), call.Emit.Integers(Enumerable.Range(0, part.Rank + 1).Select(i => i == axis + 1 ? copies : 1))]);
        return call.Reshape(tiled, [.. part.Shape.Take(axis), heads * copies, .. part.Shape.Skip(axis + 1)]);
    }

    /// <summary>What is added to the scores: minus infinity where a query must not look.</summary>
    private static string? Mask(OperatorCall call, SymbolicValue query, SymbolicValue key)
    {
        if (call.Flag("is_causal"))
        {
            var (rows, columns) = (query.Shape[^2], key.Shape[^2]);
            if (!rows.IsConstant || !columns.IsConstant)
                throw call.Unsupported("its causal mask depends on the batch");
            List<byte> bytes = [];
            for (long i = 0; i < rows.Offset * columns.Offset; i++)
                bytes.AddRange(ScalarBytes.Of(i % columns.Offset <= i / columns.Offset ? 0 : double.NegativeInfinity, query.DType));
            return call.Emit.Constant([.. bytes], query.DType, [rows.Offset, columns.Offset]);
        }
        if (call.Argument("attn_mask") is not SymbolicValue mask)
            return null;
        return mask.DType != ScalarType.Bool
            ? call.As(mask, query.DType)
            : call.Emit.Add("Where", [call.Emit.Of(mask), call.Emit.Scalar(0, query.DType), call.Emit.Scalar(double.NegativeInfinity, query.DType)]);
    }
}

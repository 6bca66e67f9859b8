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
        var scale = call.Has("scale") ? call.Number("scale") : 1 / Math.Sqrt(call.Fixed(query.Shape[^1], "head size"));
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
        var (axis, heads) = (part.Rank - 3, call.Fixed(part.Shape[^3], "heads"));
        var copies = call.Fixed(query.Shape[^3], "heads") / heads;
        var tiled = call.Emit.Add("Tile", [call.Unsqueeze(name, axis + 1), call.Emit.Integers(Enumerable.Range(0, part.Rank + 1).Select(i => i == axis + 1 ? copies : 1))]);
        return call.Reshape(tiled, [.. part.Shape.Take(axis), heads * copies, .. part.Shape.Skip(axis + 1)]);
    }

    /// <summary>What is added to the scores: minus infinity where a query must not look.</summary>
    private static string? Mask(OperatorCall call, SymbolicValue query, SymbolicValue key)
    {
        if (call.Flag("is_causal"))
            return Causal(call, query.Shape[^2], key.Shape[^2], query.DType);
        if (call.Argument("attn_mask") is not SymbolicValue mask)
            return null;
        return mask.DType != ScalarType.Bool
            ? call.As(mask, query.DType)
            : Where(call, call.Emit.Of(mask), query.DType);
    }

    /// <summary>A query looks at the keys up to its own position; the positions are counted where their number is only known when the model runs.</summary>
    private static string Causal(OperatorCall call, Extent rows, Extent columns, ScalarType type)
    {
        if (!rows.IsConstant || !columns.IsConstant)
            return Where(call, call.Emit.Add("LessOrEqual", [call.Unsqueeze(Counted(call, columns), 0), call.Unsqueeze(Counted(call, rows), 1)]), type);
        List<byte> bytes = [];
        for (long i = 0; i < rows.Value * columns.Value; i++)
            bytes.AddRange(ScalarBytes.Of(i % columns.Value <= i / columns.Value ? 0 : double.NegativeInfinity, type));
        return call.Emit.Constant([.. bytes], type, [rows.Value, columns.Value]);
    }

    private static string Counted(OperatorCall call, Extent count) =>
        call.Emit.Add("Range", [call.Emit.Scalar(0, ScalarType.Int64), call.Count(count), call.Emit.Scalar(1, ScalarType.Int64)]);

    private static string Where(OperatorCall call, string mask, ScalarType type) =>
        call.Emit.Add("Where", [mask, call.Emit.Scalar(0, type), call.Emit.Scalar(double.NegativeInfinity, type)]);
}

using Frugal.Graphs.Onnx.Symbols;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Comparisons, logic, bits, and choices between values.</summary>
internal static class ComparisonOperators
{
    public static void AddTo(OperatorTable table)
    {
        foreach (var (name, op) in ((string, string)[])[("eq", "Equal"), ("lt", "Less"), ("le", "LessOrEqual"), ("gt", "Greater"), ("ge", "GreaterOrEqual")])
            table.Add(name, call => call.Return(Compare(call, op)));
        table.Add("ne", call => call.Return(call.Emit.Add("Not", [Compare(call, "Equal")])));
        foreach (var (name, op) in ((string, string)[])[("and", "And"), ("or", "Or"), ("xor", "Xor")])
        {
            table.Add($"logical_{name}", call => call.Return(call.Emit.Add(op, [call.Operand("self", ScalarType.Bool), call.Operand("other", ScalarType.Bool)])));
            table.Add([$"bitwise_{name}", $"__{name}__"], call => Bits(call, op));
        }
        table.Add("logical_not", call => call.Return(call.Emit.Add("Not", [call.Operand("self", ScalarType.Bool)])));
        table.Add("bitwise_not", call => call.Return(call.Emit.Add(call.Output.DType == ScalarType.Bool ? "Not" : "BitwiseNot", [call.X])));
        table.Add(["bitwise_left_shift", "__lshift__"], call => Shift(call, "LEFT"));
        table.Add(["bitwise_right_shift", "__rshift__"], call => Shift(call, "RIGHT"));
        table.Add("isnan", call => call.Return(call.Emit.Add("IsNaN", [call.X])));
        table.Add("isinf", call => call.Return(call.Emit.Add("IsInf", [call.X])));
        table.Add("where", Where);
        table.Add("masked_fill", call => call.Return(call.Emit.Add(
            "Where", [call.Operand("mask", ScalarType.Bool), call.Operand("value", call.Output.DType), call.X])));
        table.Add("nan_to_num", ReplaceUndefined);
    }

    /// <summary>Both sides in the type that libtorch would promote them to.</summary>
    private static string Compare(OperatorCall call, string op)
    {
        var type = call.Argument("other") is SymbolicValue other ? Promoted(call.Input, other)
            : call.Argument("other") is double && !IsFloat(call.Input.DType) ? ScalarType.Float32 : call.Input.DType;
        // ONNX orders numbers only.
        if (type == ScalarType.Bool && op != "Equal")
            type = ScalarType.Int32;
        return call.Emit.Add(op, [call.Operand("self", type), call.Operand("other", type)]);
    }

    private static ScalarType Promoted(SymbolicValue left, SymbolicValue right)
    {
        if (left.DType == right.DType)
            return left.DType;
        // A tensor of rank 0 does not change the type of others of its kind.
        if (IsFloat(left.DType) == IsFloat(right.DType) && (left.Rank == 0) != (right.Rank == 0))
            return left.Rank == 0 ? right.DType : left.DType;
        return promote_types(left.DType, right.DType);
    }

    private static bool IsFloat(ScalarType type) => type is ScalarType.Float32 or ScalarType.Float64 or ScalarType.Float16 or ScalarType.BFloat16;

    private static void Bits(OperatorCall call, string op)
    {
        var type = call.Output.DType;
        call.Return(call.Emit.Add(type == ScalarType.Bool ? op : $"Bitwise{op}", [call.Operand("self", type), call.Operand("other", type)]));
    }

    /// <summary>ONNX shifts unsigned integers only; for others a shift is a product or a floored quotient with a power of two.</summary>
    private static void Shift(OperatorCall call, string direction)
    {
        var type = call.Output.DType;
        if (type == ScalarType.Byte)
        {
            call.Return(call.Emit.Add("BitShift", [call.X, call.Operand("other", type)], ("direction", direction)));
            return;
        }
        if (call.Argument("other") is SymbolicValue)
            throw call.Unsupported("ONNX can shift signed integers by a fixed number of bits only");
        var power = call.Emit.Scalar(Math.Pow(2, call.Number("other")), type);
        call.Return(direction == "LEFT"
            ? call.Emit.Add("Mul", [call.X, power])
            : call.Emit.Add("Div", [call.Emit.Add("Sub", [call.X, call.Emit.Add("Mod", [call.X, power])]), power]));
    }

    private static void ReplaceUndefined(OperatorCall call)
    {
        var largest = call.Output.DType == ScalarType.Float64 ? double.MaxValue : float.MaxValue;
        string Number(string name, double missing) => call.Emit.Scalar(call.Has(name) ? call.Number(name) : missing, call.Output.DType);
        var x = call.Emit.Add("Where", [call.Emit.Add("IsNaN", [call.X]), Number("nan", 0), call.X]);
        x = call.Emit.Add("Where", [call.Emit.Add("IsInf", [call.X], ("detect_negative", 0)), Number("posinf", largest), x]);
        call.Return(call.Emit.Add("Where", [call.Emit.Add("IsInf", [call.X], ("detect_positive", 0)), Number("neginf", -largest), x]));
    }

    private static void Where(OperatorCall call)
    {
        if (!call.Has("self"))
            throw call.Unsupported("how many places it finds depends on the values");
        call.Return(call.Emit.Add("Where",
            [call.Operand("condition", ScalarType.Bool), call.Operand("self", call.Output.DType), call.Operand("other", call.Output.DType)]));
    }
}

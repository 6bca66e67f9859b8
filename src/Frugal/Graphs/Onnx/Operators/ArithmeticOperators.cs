using Frugal.Graphs.Onnx.Symbols;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Sums, products, powers and elementary functions, element by element.</summary>
internal static class ArithmeticOperators
{
    public static void AddTo(OperatorTable table)
    {
        table.Add("add", call => Sum(call, "Add", call.Node.Schema.Arguments[0], "other"));
        table.Add("sub", call => Sum(call, "Sub", call.Node.Schema.Arguments[0], "other"));
        table.Add("rsub", call => Sum(call, "Sub", "other", "self"));
        table.Add(["mul", "multiply"], call => Binary(call, "Mul"));
        table.Add(["div", "divide", "true_divide"], Divide);
        table.Add("floor_divide", call => call.Return(Floored(call, Quotient(call))));
        table.Add("pow", Power);
        table.Add(["remainder", "fmod"], Remainder);
        table.Add("maximum", call => Binary(call, "Max"));
        table.Add("minimum", call => Binary(call, "Min"));
        table.Add("addcmul", call => Fused(call, "Mul"));
        table.Add("addcdiv", call => Fused(call, "Div"));
        table.Add("lerp", Interpolate);
        table.Add(["clamp", "clip"], Clamp);
        table.Add("clamp_min", call => call.Return(call.Emit.Add("Max", [Float(call), call.Operand("min", call.Output.DType)])));
        table.Add("clamp_max", call => call.Return(call.Emit.Add("Min", [Float(call), call.Operand("max", call.Output.DType)])));
        foreach (var name in (string[])["Abs", "Neg", "Sign", "Exp", "Log", "Sqrt", "Reciprocal", "Floor", "Ceil", "Round", "Erf", "Sin", "Cos", "Tan",
            "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh"])
            table.Add(name.ToLowerInvariant(), call => Unary(call, name));
        table.Add("negative", call => Unary(call, "Neg"));
        table.Add("absolute", call => Unary(call, "Abs"));
        table.Add("square", call => call.Return(call.Emit.Add("Mul", [Float(call), Float(call)])));
        table.Add("rsqrt", call => call.Return(call.Emit.Add("Reciprocal", [call.Emit.Add("Sqrt", [Float(call)])])));
        table.Add("trunc", call => call.Return(Truncated(call, Float(call))));
        table.Add("frac", call => call.Return(call.Emit.Add("Sub", [Float(call), Truncated(call, Float(call))])));
        table.Add("exp2", call => call.Return(call.Emit.Add("Pow", [call.Emit.Scalar(2, call.Output.DType), Float(call)])));
        table.Add("expm1", call => call.Return(call.Emit.Add("Sub", [call.Emit.Add("Exp", [Float(call)]), call.Emit.Scalar(1, call.Output.DType)])));
        table.Add("log1p", call => call.Return(call.Emit.Add("Log", [call.Emit.Add("Add", [Float(call), call.Emit.Scalar(1, call.Output.DType)])])));
        table.Add("log2", call => Logarithm(call, 2));
        table.Add("log10", call => Logarithm(call, 10));
        table.Add("atan2", ArcTangent);
        table.Add("erfc", call => call.Return(call.Emit.Add("Sub", [call.Emit.Scalar(1, call.Output.DType), call.Emit.Add("Erf", [Float(call)])])));
    }

    /// <summary>The first tensor in the type of the result.</summary>
    private static string Float(OperatorCall call) => call.As(call.Input, call.Output.DType);

    private static void Unary(OperatorCall call, string op) => call.Return(call.Emit.Add(op, [Float(call)]));

    private static void Binary(OperatorCall call, string op) =>
        call.Return(call.Emit.Add(op, [call.Operand(call.Node.Schema.Arguments[0], call.Output.DType), call.Operand("other", call.Output.DType)]));

    /// <summary><c>left ± alpha · right</c>; for truth values a sum is "or".</summary>
    private static void Sum(OperatorCall call, string op, string left, string right)
    {
        var type = call.Output.DType;
        var (a, b) = (call.Operand(left, type), call.Operand(right, type));
        if (type == ScalarType.Bool)
        {
            call.Return(call.Emit.Add("Or", [a, b]));
            return;
        }
        if (call.Has("alpha") && call.Number("alpha") is not 1 and var alpha)
            b = call.Emit.Add("Mul", [b, call.Emit.Scalar(alpha, type)]);
        call.Return(call.Emit.Add(op, [a, b]));
    }

    private static string Quotient(OperatorCall call) =>
        call.Emit.Add("Div", [call.Operand(call.Node.Schema.Arguments[0], call.Output.DType), call.Operand("other", call.Output.DType)]);

    private static void Divide(OperatorCall call) => call.Return(call.Text("rounding_mode") switch
    {
        null => Quotient(call),
        "floor" => Floored(call, Quotient(call)),
        // Integer division of ONNX truncates already.
        _ => IsInteger(call.Output) ? Quotient(call) : Truncated(call, Quotient(call)),
    });

    private static string Floored(OperatorCall call, string quotient)
    {
        if (!IsInteger(call.Output))
            return call.Emit.Add("Floor", [quotient]);
        // q = (a - mod(a, b)) / b, where the remainder has the divisor's sign.
        var (a, b) = (call.Operand(call.Node.Schema.Arguments[0], call.Output.DType), call.Operand("other", call.Output.DType));
        return call.Emit.Add("Div", [call.Emit.Add("Sub", [a, call.Emit.Add("Mod", [a, b])]), b]);
    }

    private static string Truncated(OperatorCall call, string x) =>
        call.Emit.Add("Mul", [call.Emit.Add("Sign", [x]), call.Emit.Add("Floor", [call.Emit.Add("Abs", [x])])]);

    private static void Power(OperatorCall call)
    {
        var type = call.Output.DType;
        var exponent = call.Argument("exponent") is SymbolicValue ? null : (double?)call.Number("exponent");
        var x = call.Operand("self", type);
        call.Return(exponent switch
        {
            2 => call.Emit.Add("Mul", [x, x]),
            0.5 => call.Emit.Add("Sqrt", [x]),
            _ => call.Emit.Add("Pow", [x, call.Operand("exponent", type)]),
        });
    }

    /// <summary><c>remainder</c> takes the divisor's sign, <c>fmod</c> the dividend's; ONNX has the first for integers and the second for both.</summary>
    private static void Remainder(OperatorCall call)
    {
        var type = call.Output.DType;
        var (a, b) = (call.Operand(call.Node.Schema.Arguments[0], type), call.Operand("other", type));
        var isTruncated = call.Node.Operator.Contains("fmod", StringComparison.Ordinal);
        call.Return(isTruncated || IsInteger(call.Output)
            ? call.Emit.Add("Mod", [a, b], ("fmod", isTruncated))
            : call.Emit.Add("Sub", [a, call.Emit.Add("Mul", [call.Emit.Add("Floor", [call.Emit.Add("Div", [a, b])]), b])]));
    }

    private static void Fused(OperatorCall call, string op)
    {
        var type = call.Output.DType;
        var part = call.Emit.Add(op, [call.Operand("tensor1", type), call.Operand("tensor2", type)]);
        if (call.Number("value") is not 1 and var factor)
            part = call.Emit.Add("Mul", [part, call.Emit.Scalar(factor, type)]);
        call.Return(call.Emit.Add("Add", [call.Operand("self", type), part]));
    }

    private static void Interpolate(OperatorCall call)
    {
        var type = call.Output.DType;
        var (start, end) = (call.Operand("self", type), call.Operand("end", type));
        call.Return(call.Emit.Add("Add", [start, call.Emit.Add("Mul", [call.Operand("weight", type), call.Emit.Add("Sub", [end, start])])]));
    }

    private static void Clamp(OperatorCall call)
    {
        var x = Float(call);
        if (call.Has("min"))
            x = call.Emit.Add("Max", [x, call.Operand("min", call.Output.DType)]);
        if (call.Has("max"))
            x = call.Emit.Add("Min", [x, call.Operand("max", call.Output.DType)]);
        call.Return(x);
    }

    private static void Logarithm(OperatorCall call, double root) =>
        call.Return(call.Emit.Add("Mul", [call.Emit.Add("Log", [Float(call)]), call.Emit.Scalar(1 / Math.Log(root), call.Output.DType)]));

    /// <summary>The angle of the point <c>(x, y)</c>: <c>atan(y / x)</c>, half a turn further where x is negative, on the side of y.</summary>
    private static void ArcTangent(OperatorCall call)
    {
        var type = call.Output.DType;
        var (y, x) = (call.Operand("self", type), call.Operand("other", type));
        var zero = call.Emit.Scalar(0, type);
        var angle = call.Emit.Add("Atan", [call.Emit.Add("Div", [y, x])]);
        var half = call.Emit.Add("Where", [call.Emit.Add("Less", [y, zero]), call.Emit.Scalar(-Math.PI, type), call.Emit.Scalar(Math.PI, type)]);
        call.Return(call.Emit.Add("Where", [call.Emit.Add("Less", [x, zero]), call.Emit.Add("Add", [angle, half]), angle]));
    }

    private static bool IsInteger(SymbolicValue value) => value.DType is ScalarType.Int64 or ScalarType.Int32 or ScalarType.Int16 or ScalarType.Int8 or ScalarType.Byte;
}

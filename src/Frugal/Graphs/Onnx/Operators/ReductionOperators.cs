using Frugal.Graphs.Onnx.Symbols;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Sums, means, extremes, norms and running sums along dimensions.</summary>
internal static class ReductionOperators
{
    public static void AddTo(OperatorTable table)
    {
        table.Add("sum", call => Reduce(call, "ReduceSum"));
        table.Add("mean", call => Reduce(call, "ReduceMean"));
        table.Add("prod", call => Reduce(call, "ReduceProd"));
        table.Add("amax", call => Reduce(call, "ReduceMax"));
        table.Add("amin", call => Reduce(call, "ReduceMin"));
        table.Add("logsumexp", call => Reduce(call, "ReduceLogSumExp"));
        table.Add("max", call => Extreme(call, "Max"));
        table.Add("min", call => Extreme(call, "Min"));
        table.Add("argmax", call => Position(call, "ArgMax"));
        table.Add("argmin", call => Position(call, "ArgMin"));
        table.Add("any", call => Logical(call, "ReduceMax"));
        table.Add("all", call => Logical(call, "ReduceMin"));
        table.Add("var", call => call.Return(Variance(call)));
        table.Add("std", call => call.Return(call.Emit.Add("Sqrt", [Variance(call)])));
        table.Add("norm", call => Norm(call, call.Has("p") ? call.Number("p") : 2));
        table.Add("linalg_vector_norm", call => Norm(call, call.Number("ord")));
        table.Add("cumsum", call => call.Return(call.Emit.Add("CumSum", [call.As(call.Input, call.Output.DType), call.Emit.Scalar(call.Axis(), ScalarType.Int64)])));
    }

    private static void Reduce(OperatorCall call, string op) => call.Return(Reduce(call, op, call.As(call.Input, call.Output.DType)));

    private static string Reduce(OperatorCall call, string op, string x) =>
        call.Input.Rank == 0 ? x : call.Emit.Add(op, [x, AxesOf(call)], ("keepdims", call.Flag("keepdim")));

    private static string AxesOf(OperatorCall call) => call.Emit.Integers(call.Axes().Select(axis => (long)axis));

    /// <summary>Of the whole tensor, of each place of two tensors, or along a dimension with the positions.</summary>
    private static void Extreme(OperatorCall call, string op)
    {
        if (call.Argument("other") is SymbolicValue)
        {
            call.Return(call.Emit.Add(op, [call.Operand("self", call.Output.DType), call.Operand("other", call.Output.DType)]));
            return;
        }
        call.Return(Reduce(call, $"Reduce{op}", call.X));
        if (call.Node.Outputs.Count > 1)
            call.Return(1, call.Emit.Add($"Arg{op}", [call.X], ("axis", call.Axis()), ("keepdims", call.Flag("keepdim"))));
    }

    private static void Position(OperatorCall call, string op)
    {
        var axis = call.Has("dim") ? call.Axis() : 0;
        var x = call.Has("dim") ? call.X : call.Emit.Add("Reshape", [call.X, call.Emit.Integers(-1)]);
        call.Return(call.Emit.Add(op, [x], ("axis", axis), ("keepdims", call.Flag("keepdim"))));
    }

    /// <summary>ONNX's extremes take numbers only.</summary>
    private static void Logical(OperatorCall call, string op)
    {
        var number = call.Convert(call.As(call.Input, ScalarType.Bool), ScalarType.Bool, ScalarType.Int32);
        call.Return(call.Convert(Reduce(call, op, number), ScalarType.Int32, call.Output.DType));
    }

    /// <summary>Mean square of the deviations, with <c>n - correction</c> for n.</summary>
    private static string Variance(OperatorCall call)
    {
        var axes = call.Axes();
        if (axes.Any(axis => call.Output.Runs.DependsOnBatch(call.Input.Shape[axis])))
            throw call.Unsupported("it goes over the batch, so the result of one example depends on the others");
        var count = axes.Aggregate((Extent)1, (product, axis) => product * call.Input.Shape[axis]);
        var correction = call.Argument("unbiased") is bool isUnbiased ? (isUnbiased ? 1 : 0) : call.Has("correction") ? call.Number("correction") : 1;
        var over = AxesOf(call);
        var centred = call.Emit.Add("Sub", [call.X, call.Emit.Add("ReduceMean", [call.X, over], ("keepdims", 1))]);
        var mean = call.Emit.Add("ReduceMean", [call.Emit.Add("Mul", [centred, centred]), over], ("keepdims", call.Flag("keepdim")));
        return correction == 0 ? mean : call.Emit.Add("Mul", [mean, Correction(call, count, correction)]);
    }

    /// <summary><c>n / (n - correction)</c>.</summary>
    private static string Correction(OperatorCall call, Extent count, double correction)
    {
        var type = call.Output.DType;
        if (count.IsConstant)
            return call.Emit.Scalar(count.Value / Math.Max(0, count.Value - correction), type);
        var number = call.Convert(call.Count(count), ScalarType.Int64, type);
        return call.Emit.Add("Div", [number, call.Emit.Add("Max", [call.Emit.Add("Sub", [number, call.Emit.Scalar(correction, type)]), call.Emit.Scalar(0, type)])]);
    }

    private static void Norm(OperatorCall call, double order)
    {
        if (order is 1 or 2)
            Reduce(call, order == 1 ? "ReduceL1" : "ReduceL2");
        else if (double.IsInfinity(order))
            call.Return(Reduce(call, order > 0 ? "ReduceMax" : "ReduceMin", call.Emit.Add("Abs", [call.X])));
        else if (order == 0)
            throw call.Unsupported("ONNX has no count of elements that are not zero");
        else
        {
            var power = call.Emit.Add("Pow", [call.Emit.Add("Abs", [call.X]), call.Emit.Scalar(order, call.Output.DType)]);
            call.Return(call.Emit.Add("Pow", [Reduce(call, "ReduceSum", power), call.Emit.Scalar(1 / order, call.Output.DType)]));
        }
    }
}

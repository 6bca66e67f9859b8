using Frugal.Graphs.Onnx.Symbols;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Tensors made from nothing but numbers.</summary>
internal static class CreationOperators
{
    private static readonly string[] random =
    [
        "rand", "randn", "randint", "rand_like", "randn_like", "randint_like", "randperm", "normal", "bernoulli", "multinomial", "uniform", "exponential", "poisson",
    ];

    public static void AddTo(OperatorTable table)
    {
        table.Add(["zeros", "zeros_like", "new_zeros", "zero"], call => call.Return(Filled(call, call.Emit.Scalar(0, call.Output.DType))));
        table.Add(["ones", "ones_like", "new_ones"], call => call.Return(Filled(call, call.Emit.Scalar(1, call.Output.DType))));
        table.Add(["full", "full_like", "new_full"], call => call.Return(Filled(call, call.Operand("fill_value", call.Output.DType))));
        table.Add("fill", call => call.Return(Filled(call, call.Operand("value", call.Output.DType))));
        table.Add("scalar_tensor", call => call.Return(call.Emit.Scalar(call.Number("s"), call.Output.DType)));
        table.Add("arange", Arange);
        table.Add("linspace", Linspace);
        table.Add("eye", Eye);
        table.Add("tril", call => Triangle(call, isUpper: false));
        table.Add("triu", call => Triangle(call, isUpper: true));
        table.Add(random, call => throw call.Unsupported("it draws random numbers, so the model has no single result; make them an input"));
    }

    private static string Filled(OperatorCall call, string number) =>
        call.Output.Rank == 0 ? number : call.Emit.Add("Expand", [number, call.Emit.Sizes(call.Output.Shape)]);

    private static void Arange(OperatorCall call)
    {
        var type = call.Output.DType;
        var step = call.Has("step") ? call.Number("step") : 1;
        var moves = call.Argument("start") is Extent { IsConstant: false } first ? first : null;
        var start = moves is null && call.Has("start") ? call.Number("start") : 0;
        if (call.Output.IsStatic && moves is null)
        {
            call.Return(Listed(call, call.Output.Shape[0].Value, i => start + i * step));
            return;
        }
        var count = call.Count(call.Output.Shape[0]);
        var counted = call.Convert(call.Emit.Add("Range", [call.Emit.Scalar(0, ScalarType.Int64), count, call.Emit.Scalar(1, ScalarType.Int64)]), ScalarType.Int64, type);
        if (step != 1)
            counted = call.Emit.Add("Mul", [counted, call.Emit.Scalar(step, type)]);
        if (moves is not null)
            counted = call.Emit.Add("Add", [counted, call.Operand("start", type)]);
        call.Return(start == 0 ? counted : call.Emit.Add("Add", [counted, call.Emit.Scalar(start, type)]));
    }

    private static void Linspace(OperatorCall call)
    {
        var (start, end, steps) = (call.Number("start"), call.Number("end"), call.Integer("steps"));
        call.Return(Listed(call, steps, i => steps == 1 ? start : start + (end - start) * i / (steps - 1)));
    }

    private static void Eye(OperatorCall call)
    {
        var (rows, columns) = (call.Fixed(call.Output.Shape[0], "n"), call.Fixed(call.Output.Shape[1], "m"));
        call.Return(call.Reshape(Listed(call, rows * columns, i => i / columns == i % columns ? 1 : 0), call.Output.Shape));
    }

    private static void Triangle(OperatorCall call, bool isUpper) =>
        call.Return(call.Emit.Add("Trilu", [call.X, call.Emit.Scalar(call.Integer("diagonal"), ScalarType.Int64)], ("upper", isUpper)));

    private static string Listed(OperatorCall call, long count, Func<long, double> element)
    {
        var type = call.Output.DType;
        List<byte> bytes = [];
        for (long i = 0; i < count; i++)
            bytes.AddRange(ScalarBytes.Of(element(i), type));
        return call.Emit.Constant([.. bytes], type, [count]);
    }
}

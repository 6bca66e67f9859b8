using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Non-linearities of neural networks, and the softmax family.</summary>
internal static class ActivationOperators
{
    public static void AddTo(OperatorTable table)
    {
        foreach (var name in (string[])["Relu", "Sigmoid", "Tanh", "Softsign"])
            table.Add(name.ToLowerInvariant(), call => call.Return(call.Emit.Add(name, [call.X])));
        table.Add("softplus", Softplus);
        table.Add("relu6", call => call.Return(Limited(call, call.X, 0, 6)));
        table.Add("hardtanh", call => call.Return(Limited(call, call.X, call.Number("min_val"), call.Number("max_val"))));
        table.Add("leaky_relu", call => call.Return(call.Emit.Add("LeakyRelu", [call.X], ("alpha", call.Number("negative_slope")))));
        table.Add("prelu", ParametricRelu);
        table.Add("elu", Elu);
        table.Add("selu", call => call.Return(call.Emit.Add("Selu", [call.X], ("alpha", 1.6732632423543772), ("gamma", 1.0507009873554805))));
        table.Add("celu", call => call.Return(call.Emit.Add("Celu", [call.X], ("alpha", call.Has("alpha") ? call.Number("alpha") : 1.0))));
        table.Add("gelu", Gelu);
        table.Add("silu", call => call.Return(call.Emit.Add("Mul", [call.X, call.Emit.Add("Sigmoid", [call.X])])));
        table.Add("mish", call => call.Return(call.Emit.Add("Mish", [call.X])));
        table.Add("hardsigmoid", call => call.Return(HardSigmoid(call)));
        table.Add("hardswish", call => call.Return(call.Emit.Add("Mul", [call.X, HardSigmoid(call)])));
        table.Add("hardshrink", HardShrink);
        table.Add("softshrink", call => call.Return(call.Emit.Add("Shrink", [call.X], ("lambd", call.Number("lambd")), ("bias", call.Number("lambd")))));
        table.Add("log_sigmoid", call => call.Return(call.Emit.Add("Neg", [call.Emit.Add("Softplus", [call.Emit.Add("Neg", [call.X])])])));
        table.Add("threshold", Threshold);
        table.Add("glu", GatedLinearUnit);
        table.Add(["softmax", "_softmax"], call => call.Return(call.Emit.Add("Softmax", [call.As(call.Input, call.Output.DType)], ("axis", call.Axis()))));
        table.Add(["log_softmax", "_log_softmax"], call => call.Return(call.Emit.Add("LogSoftmax", [call.As(call.Input, call.Output.DType)], ("axis", call.Axis()))));
        table.Add(["dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"], Dropout);
    }

    /// <summary>Nothing where it is switched off: seen only where it works in place, for otherwise it hands back its argument.</summary>
    private static void Dropout(OperatorCall call)
    {
        if (call.Flag("train"))
        {
            throw call.Unsupported(
                "dropout is active, and a model that draws random numbers has no single result; call it with the module's training flag, so that evaluation mode switches it off");
        }
        call.Return(call.X);
    }

    private static string Number(OperatorCall call, double value) => call.Emit.Scalar(value, call.Output.DType);

    private static string Limited(OperatorCall call, string x, double low, double high) => call.Emit.Add("Clip", [x, Number(call, low), Number(call, high)]);

    /// <summary><c>log(1 + exp(βx)) / β</c>, the input itself above the threshold.</summary>
    private static void Softplus(OperatorCall call)
    {
        var (beta, threshold) = (call.Number("beta"), call.Number("threshold"));
        var scaled = beta == 1 ? call.X : call.Emit.Add("Mul", [call.X, Number(call, beta)]);
        var soft = call.Emit.Add("Softplus", [scaled]);
        if (beta != 1)
            soft = call.Emit.Add("Div", [soft, Number(call, beta)]);
        call.Return(call.Emit.Add("Where", [call.Emit.Add("Greater", [scaled, Number(call, threshold)]), call.X, soft]));
    }

    /// <summary>The slopes belong to the channels, dimension 1, unless there is only one.</summary>
    private static void ParametricRelu(OperatorCall call)
    {
        var weight = call.Tensor("weight");
        var slopes = call.Emit.Of(weight);
        if (weight.Rank == 1 && call.Input.Rank > 2)
            slopes = call.Unsqueeze(slopes, [.. Enumerable.Range(1, call.Input.Rank - 2).Select(axis => (long)axis)]);
        call.Return(call.Emit.Add("PRelu", [call.X, slopes]));
    }

    private static void Elu(OperatorCall call)
    {
        var (alpha, scale, inputScale) = (call.Number("alpha"), call.Number("scale"), call.Number("input_scale"));
        if (inputScale != 1)
            throw call.Unsupported("its input scale is not 1");
        var elu = call.Emit.Add("Elu", [call.X], ("alpha", alpha));
        call.Return(scale == 1 ? elu : call.Emit.Add("Mul", [elu, Number(call, scale)]));
    }

    private static void Gelu(OperatorCall call)
    {
        call.Emit.Require(20);
        call.Return(call.Emit.Add("Gelu", [call.X], ("approximate", call.Text("approximate") ?? "none")));
    }

    private static string HardSigmoid(OperatorCall call) => call.Emit.Add("HardSigmoid", [call.X], ("alpha", 1 / 6.0), ("beta", 0.5));

    private static void HardShrink(OperatorCall call)
    {
        var isSmall = call.Emit.Add("LessOrEqual", [call.Emit.Add("Abs", [call.X]), Number(call, call.Number("lambd"))]);
        call.Return(call.Emit.Add("Where", [isSmall, Number(call, 0), call.X]));
    }

    private static void Threshold(OperatorCall call)
    {
        var isAbove = call.Emit.Add("Greater", [call.X, Number(call, call.Number("threshold"))]);
        call.Return(call.Emit.Add("Where", [isAbove, call.X, Number(call, call.Number("value"))]));
    }

    private static void GatedLinearUnit(OperatorCall call)
    {
        var halves = call.Emit.AddMany("Split", 2, [call.X], ("axis", call.Axis()), ("num_outputs", 2));
        call.Return(call.Emit.Add("Mul", [halves[0], call.Emit.Add("Sigmoid", [halves[1]])]));
    }
}

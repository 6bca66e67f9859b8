namespace Frugal.Graphs.Groups.Rules;

/// <summary>What works element by element: what meets in one place belongs together.</summary>
internal static class ElementwiseRules
{
    public static void AddTo(ChannelRules rules)
    {
        rules.Add(
            [
                "relu", "relu6", "sigmoid", "tanh", "gelu", "silu", "mish", "softplus", "softsign", "elu", "selu", "celu", "leaky_relu", "hardtanh", "hardswish", "hardsigmoid",
                "hardshrink", "softshrink", "log_sigmoid", "threshold", "dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout",
                "abs", "neg", "sign", "exp", "log", "sqrt", "rsqrt", "square", "reciprocal", "floor", "ceil", "round", "erf", "sin", "cos", "log1p", "expm1", "exp2", "log2",
                "clamp", "clip", "clamp_min", "clamp_max", "logical_not",
                "contiguous", "clone", "detach", "alias", "to", "_to_copy", "type_as", "zeros_like", "ones_like", "full_like",
            ],
            call => call.Return(call.X));
        rules.Add(
            [
                "add", "sub", "rsub", "mul", "multiply", "div", "divide", "true_divide", "pow", "maximum", "minimum", "addcmul", "addcdiv", "lerp", "where", "masked_fill",
                "remainder", "fmod", "atan2", "eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_xor",
            ],
            call => call.Return(call.Broadcast([.. call.Node.Inputs.Select(call.Of)], call.OutputShape)));
        rules.Add("prelu", Slopes);
    }

    /// <summary>The slopes belong to the channels, axis 1, unless there is only one.</summary>
    private static void Slopes(ChannelCall call)
    {
        var slopes = call.Of(call.Node.Inputs[1]);
        for (int axis = 2; axis < call.X.Rank; axis++)
            slopes = slopes.Insert(slopes.Rank);
        call.Return(call.Broadcast([call.X, slopes], call.OutputShape));
    }
}

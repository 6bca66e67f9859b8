using Frugal.Graphs.Onnx.Model;

namespace Frugal.Graphs.Onnx.Rewriting;

/// <summary>A batch norm with the layer whose weights can take it up: nobody else uses the layer's result or its constants.</summary>
internal sealed record BatchNormFold(
    OnnxNode Layer, OnnxNode Norm, OnnxTensor Weight, OnnxTensor? LayerBias, OnnxTensor Gamma, OnnxTensor Bias, OnnxTensor Mean, OnnxTensor Variance)
{
    /// <summary>The layer's own bias where it has one; otherwise it takes over the norm's.</summary>
    public string BiasName => (LayerBias ?? Bias).Name;

    /// <summary>The fold that makes this batch norm disappear, or null where it is none or has to stay.</summary>
    public static BatchNormFold? Of(OnnxNode norm, OnnxIndex index)
    {
        if (norm is not { Operator: "BatchNormalization", Inputs: [var result, var gamma, var bias, var mean, var variance] }
            || index.MakerOf(result) is not { } layer || !KeepsChannelsFirst(layer) || index.OnlyUserOf(result) is null)
            return null;
        var layerBias = layer.Inputs.Count > 2 ? Own(layer.Inputs[2]) : null;
        var mayTakeBias = layerBias is not null || (layer.Inputs.Count < 3 && Own(bias) is not null);
        return mayTakeBias && Own(layer.Inputs[1]) is { } weight
            && index.Constant(gamma) is { } scale && index.Constant(bias) is { } shift && index.Constant(mean) is { } centre && index.Constant(variance) is { } spread
            ? new BatchNormFold(layer, norm, weight, layerBias, scale, shift, centre, spread)
            : null;

        OnnxTensor? Own(string name) => index.OnlyUserOf(name) is not null && index.Constant(name) is { Element: OnnxElement.Float } constant ? constant : null;
    }

    /// <summary>Whether the first dimension of the weight is the result's channels.</summary>
    private static bool KeepsChannelsFirst(OnnxNode layer) =>
        layer.Operator == "Conv" || (layer.Operator == "Gemm" && layer.Number("transB", 0) == 1 && layer.Number("alpha", 1) == 1 && layer.Number("beta", 1) == 1);
}

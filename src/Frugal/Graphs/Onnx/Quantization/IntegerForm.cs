using Frugal.Graphs.Onnx.Calibration;
using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Rewriting;

namespace Frugal.Graphs.Onnx.Quantization;

/// <summary>
/// Integers between <c>QuantizeLinear</c> and <c>DequantizeLinear</c>, as ONNX describes them: a runtime computes what stands between the two with integers. Weights are stored in 8 bits
/// and biases in 32, under the parameters' names and in their shapes.
/// </summary>
internal sealed class IntegerForm : IQuantizedForm
{
    public string Activation(OnnxDraft draft, string value, ActivationCode code)
    {
        var scale = draft.Constant($"{value}/scale", OnnxElement.Float, [], code.Scale);
        var zero = draft.Constant($"{value}/zero_point", OnnxElement.UInt8, [], code.ZeroPoint);
        var integers = draft.Add($"{value}/QuantizeLinear", "QuantizeLinear", [value, scale, zero]);
        return draft.Add($"{value}/DequantizeLinear", "DequantizeLinear", [integers, scale, zero]);
    }

    public string Weight(OnnxDraft draft, QuantizedOperator product)
    {
        var weight = product.Operator.Weight;
        var stored = draft.Replace(OnnxTensor.Of(weight.Name, OnnxElement.Int8, weight.Shape, product.Weight.Codes));
        // Turned as integers, which a runtime does once when it loads the model.
        var used = product.Operator.IsTurned ? draft.Add($"{stored}/Transpose", "Transpose", [stored], ("perm", new long[] { 1, 0 })) : stored;
        var scale = draft.Constant($"{stored}/scale", OnnxElement.Float, [product.Operator.Channels], product.Weight.Scales);
        var zero = draft.Constant($"{stored}/zero_point", OnnxElement.Int8, [product.Operator.Channels], new sbyte[product.Operator.Channels]);
        var axis = product.Operator.IsTurned ? 1 - product.Operator.ChannelAxis : product.Operator.ChannelAxis;
        return draft.Add($"{stored}/DequantizeLinear", "DequantizeLinear", [used, scale, zero], ("axis", axis));
    }

    public string Bias(OnnxDraft draft, QuantizedOperator product)
    {
        var bias = product.Operator.Bias!;
        var stored = draft.Replace(OnnxTensor.Of(bias.Name, OnnxElement.Int32, bias.Shape, product.Bias!));
        var scale = draft.Constant($"{stored}/scale", OnnxElement.Float, [product.Operator.Channels], product.BiasScales);
        var zero = draft.Constant($"{stored}/zero_point", OnnxElement.Int32, [product.Operator.Channels], new int[product.Operator.Channels]);
        return draft.Add($"{stored}/DequantizeLinear", "DequantizeLinear", [stored, scale, zero], ("axis", 0));
    }
}

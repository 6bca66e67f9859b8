using Frugal.Graphs.Onnx.Calibration;
using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Rewriting;

namespace Frugal.Graphs.Onnx.Quantization;

/// <summary>
/// The same rounding in floating point and by ordinary arithmetic: the reference for what integer kernels make of the model. It shares with them neither operators nor integers, so that
/// sums that run over or fusions that mean something else are seen.
/// </summary>
internal sealed class SimulatedForm : IQuantizedForm
{
    public string Activation(OnnxDraft draft, string value, ActivationCode code)
    {
        var scale = Number("scale", code.Scale);
        var zero = Number("zero", code.ZeroPoint);
        var steps = Step("Round", Step("Div", value, scale));
        var kept = Step("Clip", Step("Add", steps, zero), Number("least", 0), Number("most", byte.MaxValue));
        return Step("Mul", Step("Sub", kept, zero), scale);

        string Number(string name, float number) => draft.Constant($"{value}/{name}", OnnxElement.Float, [], number);
        string Step(string op, params string[] inputs) => draft.Add($"{value}/{op}", op, inputs);
    }

    public string Weight(OnnxDraft draft, QuantizedOperator product)
    {
        var weight = product.Operator.Weight;
        var inner = (int)weight.Shape.Skip(product.Operator.ChannelAxis + 1).Aggregate(1L, (total, size) => total * size);
        var stored = draft.Replace(OnnxTensor.Of(weight.Name, OnnxElement.Float, weight.Shape, product.Weight.Rounded(inner)));
        return product.Operator.IsTurned ? draft.Add($"{stored}/Transpose", "Transpose", [stored], ("perm", new long[] { 1, 0 })) : stored;
    }

    public string Bias(OnnxDraft draft, QuantizedOperator product)
    {
        float[] rounded = [.. product.Bias!.Zip(product.BiasScales, (code, scale) => code * scale)];
        return draft.Replace(OnnxTensor.Of(product.Operator.Bias!.Name, OnnxElement.Float, product.Operator.Bias.Shape, rounded));
    }
}

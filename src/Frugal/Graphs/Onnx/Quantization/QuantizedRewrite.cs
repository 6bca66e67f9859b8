using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Rewriting;

namespace Frugal.Graphs.Onnx.Quantization;

/// <summary>Rewrites a model as a plan says. Whoever takes a value that is rounded takes what is left of it, so that the integers are all that has to be kept.</summary>
internal static class QuantizedRewrite
{
    public static OnnxModel Of(OnnxModel model, QuantizationPlan plan, IQuantizedForm form)
    {
        var draft = new OnnxDraft(model);
        Dictionary<string, string> rounded = [];
        foreach (var input in model.Inputs)
            Round(input.Name);
        foreach (var node in model.Nodes)
        {
            string[] inputs = [.. node.Inputs.Select(input => rounded.GetValueOrDefault(input, input))];
            if (plan.Operators.TryGetValue(node.Outputs[0], out var product))
            {
                inputs[1] = form.Weight(draft, product);
                if (product.Bias is not null)
                    inputs[2] = form.Bias(draft, product);
            }
            draft.Keep(node with { Inputs = inputs });
            foreach (var output in node.Outputs)
                Round(output);
        }
        return draft.Finish();

        void Round(string value)
        {
            if (plan.Activations.TryGetValue(value, out var code))
                rounded[value] = form.Activation(draft, value, code);
        }
    }
}

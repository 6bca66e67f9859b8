using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Rewriting;

namespace Frugal.Graphs.Onnx.Quantization;

/// <summary>
/// Which values become 8-bit when chosen products do: what goes into them, and what comes out of convolutions, after the activation that a runtime computes with them. Both sides of
/// a residual addition then are, so that it is one of integers as well.
/// </summary>
internal sealed class ActivationChoice(OnnxIndex index, IReadOnlyList<WeightedOperator> products)
{
    private static readonly string[] movers = ["Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "MaxPool", "Identity"];

    /// <summary>Each value with the one whose distribution decides its steps: where elements are only moved, both have the same.</summary>
    public IReadOnlyDictionary<string, string> Sources()
    {
        Dictionary<string, string> sources = [];
        foreach (var product in products)
        {
            sources[product.Activation] = SourceOf(product.Activation);
            if (product.Node.Operator == "Conv")
            {
                var result = AfterActivation(product.Node.Outputs[0]);
                sources[result] = SourceOf(result);
            }
        }
        return sources;
    }

    private string SourceOf(string value) => index.MakerOf(value) is { } maker && movers.Contains(maker.Operator) ? SourceOf(maker.Inputs[0]) : value;

    /// <summary>The value after a ReLU or clipping at zero that nobody looks behind.</summary>
    private string AfterActivation(string value) =>
        index.OnlyUserOf(value) is { Operator: "Relu" or "Clip" } activation && activation.Inputs[0] == value ? activation.Outputs[0] : value;
}

using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Rewriting;

namespace Frugal.Graphs.Onnx.Quantization;

/// <summary>A product with a constant weight, which 8-bit integers can compute: a convolution, a linear layer, a matrix product.</summary>
/// <param name="Node">The operator.</param>
/// <param name="Weight">Its weight, as it is stored.</param>
/// <param name="ChannelAxis">Dimension of the stored weight that holds the outputs; each has a scale of its own.</param>
/// <param name="IsTurned">Whether the stored matrix is transposed before the product.</param>
/// <param name="Bias">The bias that it adds, or null.</param>
internal sealed record WeightedOperator(OnnxNode Node, OnnxTensor Weight, int ChannelAxis, bool IsTurned, OnnxTensor? Bias)
{
    /// <summary>Path of the layer.</summary>
    public string Path => Node.ModulePath;

    /// <summary>The value that the weight is multiplied with.</summary>
    public string Activation => Node.Inputs[0];

    public long Channels => Weight.Shape[ChannelAxis];

    /// <summary>The operator as such a product, or null where it is none. One that shares its weight with others is left out: the steps of one may not suit the other.</summary>
    public static WeightedOperator? Of(OnnxNode node, OnnxIndex index)
    {
        if (node.Operator is not ("Conv" or "Gemm" or "MatMul") || index.Constant(node.Inputs[0]) is not null)
            return null;
        var isTurned = node.Operator == "MatMul" && IsTurn(index.MakerOf(node.Inputs[1]));
        var weightName = isTurned ? index.MakerOf(node.Inputs[1])!.Inputs[0] : node.Inputs[1];
        if (Own(weightName) is not { } weight || (isTurned && index.OnlyUserOf(node.Inputs[1]) is null))
            return null;
        var bias = node.Inputs.Count > 2 ? Own(node.Inputs[2]) : null;
        var axis = node.Operator == "Conv" || isTurned || node.Number("transB", 0) == 1 ? 0 : 1;
        var fits = node.Operator == "Conv" || (weight.Shape.Count == 2 && node.Number("alpha", 1) == 1 && node.Number("beta", 1) == 1 && node.Number("transA", 0) == 0);
        var hasUsualBias = node.Inputs.Count < 3 || (bias is { Shape: [var length] } && length == weight.Shape[axis]);
        return fits && hasUsualBias ? new WeightedOperator(node, weight, axis, isTurned, bias) : null;

        OnnxTensor? Own(string name) => index.OnlyUserOf(name) is not null && index.Constant(name) is { Element: OnnxElement.Float, NumElements: > 0 } constant ? constant : null;
    }

    private static bool IsTurn(OnnxNode? node) =>
        node is { Operator: "Transpose" } && node.Attributes is [{ Name: "perm", Value: IEnumerable<long> order }] && order.SequenceEqual([1L, 0L]);
}

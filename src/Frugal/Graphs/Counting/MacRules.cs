namespace Frugal.Graphs.Counting;

/// <summary>How many multiply-adds an operator does, from its shapes.</summary>
internal static class MacRules
{
    /// <summary>
    /// The products that a node does by itself, or null where the operators below it have to be asked. Axes: <c>n</c> batch, <c>m, k, p</c> matrix sizes.
    /// </summary>
    public static IReadOnlyList<Product>? Of(GraphNode node) => node.Operator switch
    {
        "aten::conv1d" or "aten::conv2d" or "aten::conv3d" or "aten::convolution" or "aten::_convolution" => [Convolution(node)],
        "aten::conv_transpose1d" or "aten::conv_transpose2d" or "aten::conv_transpose3d" => [Transposed(node)],
        "aten::linear" or "aten::_addmm_activation" => [Matrix(node.Inputs[0], node.Inputs[1])],
        "aten::mm" or "aten::bmm" or "aten::mv" or "aten::dot" or "aten::vdot" or "aten::_int_mm" => [Matrix(node.Inputs[0], node.Inputs[1])],
        "aten::matmul" => [General(node)],
        "aten::addmm" or "aten::baddbmm" or "aten::addmv" or "aten::addbmm" or "aten::addmm_" or "aten::baddbmm_" or "aten::addmv_" =>
            [Matrix(node.Inputs[1], node.Inputs[2])],
        "aten::outer" or "aten::ger" => [new Product(node.Outputs[0].NumElements, null)],
        "aten::bilinear" => [Bilinear(node)],
        "aten::scaled_dot_product_attention" => [.. Attention(node)],
        "aten::lstm" or "aten::gru" or "aten::rnn_tanh" or "aten::rnn_relu" => [.. Recurrent(node)],
        "aten::lstm_cell" or "aten::gru_cell" or "aten::rnn_tanh_cell" or "aten::rnn_relu_cell" => [.. Cell(node)],
        _ => null,
    };

    /// <summary>Each weight <c>[out, in / groups, kernel…]</c> is used once at each position of the output <c>[n, out, positions…]</c>.</summary>
    private static Product Convolution(GraphNode node)
    {
        if (node.Arguments is [_, _, _, _, _, _, true, ..])
            return Transposed(node);
        var (weight, output) = (node.Inputs[1], node.Outputs[0]);
        return new Product(weight.NumElements * (output.NumElements / weight.Shape[0]), weight);
    }

    /// <summary>Each weight <c>[in, out / groups, kernel…]</c> is used once at each position of the input <c>[n, in, positions…]</c>.</summary>
    private static Product Transposed(GraphNode node)
    {
        var (input, weight) = (node.Inputs[0], node.Inputs[1]);
        return new Product(weight.NumElements * (input.NumElements / weight.Shape[0]), weight);
    }

    /// <summary><c>[n…, m, k] × [n…, k, p]</c>; a linear layer's <c>[n…, k] × [p, k]ᵀ</c> comes to the same. The operand that is a parameter is the weight.</summary>
    private static Product Matrix(GraphValue left, GraphValue right)
    {
        var inner = left.Shape.Count == 0 ? 1 : left.Shape[^1];
        var batched = right.Shape.Count > 2;
        var columns = inner == 0 ? 0 : right.NumElements / inner / (batched ? right.Shape[0] : 1);
        return new Product(left.NumElements * columns, right.Storage.Parameter is not null ? right : left);
    }

    /// <summary><c>[n…, m, k] × [n…, k, p]</c> of any ranks, vectors included: each element of the result takes <c>k</c> products.</summary>
    private static Product General(GraphNode node)
    {
        var (left, right) = (node.Inputs[0], node.Inputs[1]);
        return new Product(node.Outputs[0].NumElements * left.Shape[^1], right.Storage.Parameter is not null ? right : left);
    }

    /// <summary><c>[n…, i] × [o, i, j] × [n…, j]</c>: contraction with the first vector, then with the second.</summary>
    private static Product Bilinear(GraphNode node)
    {
        var (left, weight) = (node.Inputs[0], node.Inputs[2]);
        var examples = left.NumElements / left.Shape[^1];
        return new Product(examples * (weight.NumElements + weight.Shape[0] * weight.Shape[2]), weight);
    }

    /// <summary>Queries <c>[…, l, e]</c> with keys <c>[…, s, e]</c>, the result with values <c>[…, s, v]</c>; what a mask hides is counted.</summary>
    private static IEnumerable<Product> Attention(GraphNode node)
    {
        var (query, key, value) = (node.Inputs[0], node.Inputs[1], node.Inputs[2]);
        yield return new Product(query.NumElements * key.Shape[^2], null);
        yield return new Product(query.NumElements / query.Shape[^1] * key.Shape[^2] * value.Shape[^1], null);
    }

    /// <summary>Every matrix among the parameters is multiplied once for each time step of each sequence.</summary>
    private static IEnumerable<Product> Recurrent(GraphNode node)
    {
        var steps = node.Inputs[0].NumElements / node.Inputs[0].Shape[^1];
        return Weights(node).Select(weight => new Product(weight.NumElements * steps, weight));
    }

    private static IEnumerable<Product> Cell(GraphNode node)
    {
        var examples = node.Inputs[0].NumElements / node.Inputs[0].Shape[^1];
        return Weights(node).Select(weight => new Product(weight.NumElements * examples, weight));
    }

    private static IEnumerable<GraphValue> Weights(GraphNode node) =>
        node.Inputs.Where(input => input is { Shape.Count: 2, Storage.Parameter.IsBuffer: false });
}

using Frugal.Graphs.Onnx.Symbols;

namespace Frugal.Graphs.Onnx.Operators;

/// <summary>Recurrent layers. libtorch stacks layers and directions in one call; ONNX has an operator for one layer of one or two directions.</summary>
internal static class RecurrentOperators
{
    public static void AddTo(OperatorTable table)
    {
        // Gates in libtorch: input, forget, cell, output; in ONNX: input, output, forget, cell.
        table.Add("lstm", call => Stack(call, "LSTM", [0, 3, 1, 2], []));
        // Reset, update, new against update, reset, new; PyTorch applies the reset gate after the product.
        table.Add("gru", call => Stack(call, "GRU", [1, 0, 2], [("linear_before_reset", 1)]));
        table.Add("rnn_tanh", call => Stack(call, "RNN", [0], [], "Tanh"));
        table.Add("rnn_relu", call => Stack(call, "RNN", [0], [], "Relu"));
    }

    private static void Stack(OperatorCall call, string op, int[] gates, (string, object)[] attributes, string? activation = null)
    {
        if (call.Has("batch_sizes"))
            throw call.Unsupported("packed sequences have no counterpart in ONNX; pass padded ones");
        var (directions, hasBiases) = (call.Flag("bidirectional") ? 2 : 1, call.Flag("has_biases"));
        var (states, weights) = (call.Tensors("hx"), call.Tensors("params"));
        var layers = (int)call.Integer("num_layers");
        var perDirection = hasBiases ? 4 : 2;
        if (weights.Count != layers * directions * perDirection)
            throw call.Unsupported("its projections have no counterpart in ONNX");
        var hidden = weights[1].Shape[1].Value;
        List<(string, object)> settings = [("hidden_size", hidden), ("direction", directions == 2 ? "bidirectional" : "forward"), .. attributes];
        if (activation is not null)
            settings.Add(("activations", Enumerable.Repeat(activation, directions).ToList()));

        var isBatchFirst = call.Flag("batch_first");
        var x = isBatchFirst ? call.Transpose(call.X, [1, 0, 2]) : call.X;
        var last = states.Select(_ => new List<string>()).ToList();
        for (var layer = 0; layer < layers; layer++)
        {
            var ofLayer = weights.Skip(layer * directions * perDirection).Take(directions * perDirection).ToList();
            List<string> inputs =
            [
                x, Gathered(call, ofLayer, 0, perDirection, gates), Gathered(call, ofLayer, 1, perDirection, gates),
                hasBiases ? Biases(call, ofLayer, perDirection, gates) : "", "",
                .. states.Select(state => call.Slice(call.Emit.Of(state), 0, layer * directions, (layer + 1) * directions)),
            ];
            var results = call.Emit.AddMany(op, 1 + states.Count, inputs, settings);
            // [time, direction, batch, hidden] to [time, batch, direction · hidden].
            var merged = call.Transpose(results[0], [0, 2, 1, 3]);
            x = call.Emit.Add("Reshape", [merged, call.Emit.Integers(0, 0, directions * hidden)]);
            for (var i = 0; i < states.Count; i++)
                last[i].Add(results[i + 1]);
        }
        call.Return(0, isBatchFirst ? call.Transpose(x, [1, 0, 2]) : x);
        for (var i = 0; i < last.Count; i++)
            call.Return(i + 1, last[i].Count == 1 ? last[i][0] : call.Emit.Add("Concat", last[i], ("axis", 0)));
    }

    /// <summary>One kind of weight of every direction, with its gates in ONNX's order.</summary>
    private static string Gathered(OperatorCall call, List<SymbolicValue> weights, int which, int perDirection, int[] gates)
    {
        var parts = weights.Where((_, i) => i % perDirection == which).Select(weight => call.Unsqueeze(Ordered(call, call.Emit.Of(weight), gates), 0)).ToList();
        return parts.Count == 1 ? parts[0] : call.Emit.Add("Concat", parts, ("axis", 0));
    }

    private static string Biases(OperatorCall call, List<SymbolicValue> weights, int perDirection, int[] gates) =>
        call.Emit.Add("Concat", [Gathered(call, weights, 2, perDirection, gates), Gathered(call, weights, 3, perDirection, gates)], ("axis", 1));

    private static string Ordered(OperatorCall call, string weight, int[] gates)
    {
        if (gates.Length == 1)
            return weight;
        var parts = call.Emit.AddMany("Split", gates.Length, [weight], ("axis", 0), ("num_outputs", gates.Length));
        return call.Emit.Add("Concat", [.. gates.Select(gate => parts[gate])], ("axis", 0));
    }
}

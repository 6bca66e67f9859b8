namespace Frugal.Graphs.Groups.Rules;

/// <summary>Attention: softmax(Q Kᵀ) V for queries <c>[…, heads, l, d]</c>, keys <c>[…, heads, s, d]</c> and values <c>[…, heads, s, v]</c>. Heads are kept or go as a whole.</summary>
internal static class AttentionRules
{
    public static void AddTo(ChannelRules rules) => rules.Add("scaled_dot_product_attention", Attend);

    private static void Attend(ChannelCall call)
    {
        var (query, key, value) = (call.Of(call.Node.Inputs[0]), call.Of(call.Node.Inputs[1]), call.Of(call.Node.Inputs[2]));
        if (call.Argument("enable_gqa") is true)
        {
            foreach (var operand in new[] { query, key, value })
                call.Algebra.Freeze(operand, "several heads of queries share one of keys");
            call.Return(new(call.OutputShape, []));
            return;
        }
        var scores = MatrixRules.Contract(call, query, key, hasWeight: false);
        if (call.Tensor("attn_mask") is { } mask)
            scores = call.Broadcast([scores, call.Of(mask)], scores.Shape);
        call.FreezeAlong(scores, scores.Rank - 1, "softmax is taken over it");
        call.Return(MatrixRules.Contract(call, scores, MatrixRules.Turned(value), hasWeight: false));
    }
}

using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// Causal multi-head self-attention with rotary positions; keys and values may have fewer heads. Weight names as in LLaMA: <c>q_proj</c>, <c>k_proj</c>, <c>v_proj</c>, <c>o_proj</c>.
/// </summary>
internal sealed class RotaryAttention : Module<Tensor, Tensor>, ICausalAttention, ITakesPrefix
{
    private Module<Tensor, Tensor> q_proj, k_proj, v_proj, o_proj;

    /// <param name="shape">Sizes and options.</param>
    public RotaryAttention(RotaryAttentionShape shape) : base(nameof(RotaryAttention))
    {
        Shape = shape;
        q_proj = Linear(shape.Dim, shape.NumHeads * shape.HeadDim, hasBias: shape.HasBias);
        k_proj = Linear(shape.Dim, shape.KeyValueHeads * shape.HeadDim, hasBias: shape.HasBias);
        v_proj = Linear(shape.Dim, shape.KeyValueHeads * shape.HeadDim, hasBias: shape.HasBias);
        o_proj = Linear(shape.NumHeads * shape.HeadDim, shape.Dim, hasBias: shape.HasBias);
        RegisterComponents();
    }

    /// <summary>Sizes and options.</summary>
    public RotaryAttentionShape Shape { get; }

    IReadOnlyList<(string Child, int QueryThirds)> ITakesPrefix.KeysAndValues => [("k_proj", 0), ("v_proj", 0)];

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return Run(input, AttentionContext.Alone(input, Shape.Rotary())).MoveToOuterDisposeScope();
    }

    public Tensor Run(Tensor input, AttentionContext context)
    {
        var query = RotaryEmbedding.Rotate(HeadAttention.Split(q_proj.call(input), Shape.HeadDim), context.Angles);
        var key = Rotated(HeadAttention.Split(k_proj.call(input), Shape.HeadDim), input.shape[1], context.Angles);
        var value = HeadAttention.Split(v_proj.call(input), Shape.HeadDim);
        if (context.Cache is { } cache)
            (key, value) = cache.Append(context.Layer, key, value);
        return o_proj.call(HeadAttention.Merge(HeadAttention.Attend(query, key, value, context.Mask, dropRate: training ? Shape.DropRate : 0)));
    }

    // The keys of a prefix have no place in the text.
    private static Tensor Rotated(Tensor keys, long tokens, (Tensor, Tensor) angles)
    {
        long prefix = keys.shape[2] - tokens;
        var rotated = RotaryEmbedding.Rotate(HeadAttention.OfTokens(keys, tokens), angles);
        return prefix == 0 ? rotated : cat([keys.narrow(2, 0, prefix), rotated], 2);
    }
}

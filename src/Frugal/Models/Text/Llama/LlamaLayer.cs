using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Attention and feed-forward, each behind a normalisation and around a shortcut: <c>[batch, tokens, dim]</c> to the same shape.</summary>
internal sealed class LlamaLayer : Module
{
    private readonly Module<Tensor, Tensor> input_layernorm, post_attention_layernorm;
    private readonly LlamaAttention self_attn;
    private Module<Tensor, Tensor> mlp;

    public LlamaLayer(LlamaConfig config, int index) : base(nameof(LlamaLayer))
    {
        input_layernorm = new RmsNorm(config.HiddenSize, config.RmsNormEpsilon);
        self_attn = new LlamaAttention(config, index);
        post_attention_layernorm = new RmsNorm(config.HiddenSize, config.RmsNormEpsilon);
        mlp = new GatedFeedForward(config.HiddenSize, config.IntermediateSize, ActivationLayer.Of(config.Activation), config.HasFeedForwardBias);
        RegisterComponents();
    }

    public Tensor Run(Tensor input, (Tensor, Tensor) angles, Tensor? mask, KeyValueCache? cache)
    {
        using var scope = NewDisposeScope();
        var mixed = input + self_attn.Run(input_layernorm.call(input), angles, mask, cache);
        return (mixed + mlp.call(post_attention_layernorm.call(mixed))).MoveToOuterDisposeScope();
    }
}

/// <summary>Multi-head self-attention with rotary positions; keys and values may have fewer heads.</summary>
internal sealed class LlamaAttention : Module, ITakesPrefix
{
    private readonly int index;
    private readonly long headDim;
    private readonly double dropRate;
    private Module<Tensor, Tensor> q_proj, k_proj, v_proj, o_proj;

    public LlamaAttention(LlamaConfig config, int index) : base(nameof(LlamaAttention))
    {
        this.index = index;
        (headDim, dropRate) = (config.HeadDim ?? config.EvenHeadDim, config.AttentionDropRate);
        long dim = config.HiddenSize, keyHeads = config.NumKeyValueHeads ?? config.NumHeads;
        if (config.NumHeads % keyHeads != 0)
            throw new FrugalException($"llama: {keyHeads} heads of keys and values cannot serve {config.NumHeads} heads of queries evenly");
        q_proj = Linear(dim, config.NumHeads * headDim, hasBias: config.HasAttentionBias);
        k_proj = Linear(dim, keyHeads * headDim, hasBias: config.HasAttentionBias);
        v_proj = Linear(dim, keyHeads * headDim, hasBias: config.HasAttentionBias);
        o_proj = Linear(config.NumHeads * headDim, dim, hasBias: config.HasAttentionBias);
        RegisterComponents();
    }

    public IReadOnlyList<(string Child, int QueryThirds)> KeysAndValues => [("k_proj", 0), ("v_proj", 0)];

    public Tensor Run(Tensor input, (Tensor, Tensor) angles, Tensor? mask, KeyValueCache? cache)
    {
        var query = RotaryEmbedding.Rotate(HeadAttention.Split(q_proj.call(input), headDim), angles);
        var key = Rotated(HeadAttention.Split(k_proj.call(input), headDim), input.shape[1], angles);
        var value = HeadAttention.Split(v_proj.call(input), headDim);
        if (cache is not null)
            (key, value) = cache.Append(index, key, value);
        return o_proj.call(HeadAttention.Merge(HeadAttention.Attend(query, key, value, mask, dropRate: training ? dropRate : 0)));
    }

    // The keys of a prefix have no place in the text.
    private static Tensor Rotated(Tensor keys, long tokens, (Tensor, Tensor) angles)
    {
        long prefix = keys.shape[2] - tokens;
        var rotated = RotaryEmbedding.Rotate(HeadAttention.OfTokens(keys, tokens), angles);
        return prefix == 0 ? rotated : cat([keys.narrow(2, 0, prefix), rotated], 2);
    }
}

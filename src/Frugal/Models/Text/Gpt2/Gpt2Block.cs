using Frugal.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Attention and feed-forward, each behind a normalisation and around a shortcut: <c>[batch, tokens, dim]</c> to the same shape.</summary>
internal sealed class Gpt2Block : Module
{
    private readonly Module<Tensor, Tensor> ln_1, ln_2;
    private readonly Gpt2Attention attn;
    private readonly Gpt2FeedForward mlp;

    public Gpt2Block(Gpt2Config config, int index) : base(nameof(Gpt2Block))
    {
        ln_1 = LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        attn = new Gpt2Attention(config, index);
        ln_2 = LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        mlp = new Gpt2FeedForward(config);
        RegisterComponents();
    }

    public void InitializeProjections(double deviation)
    {
        attn.InitializeProjection(deviation);
        mlp.InitializeProjection(deviation);
    }

    public Tensor Run(Tensor input, Tensor? mask, KeyValueCache? cache)
    {
        using var scope = NewDisposeScope();
        var mixed = input + attn.Run(ln_1.call(input), mask, cache);
        return (mixed + mlp.call(ln_2.call(mixed))).MoveToOuterDisposeScope();
    }
}

/// <summary>Multi-head self-attention, with queries, keys and values in one layer.</summary>
internal sealed class Gpt2Attention : Module, ITakesPrefix
{
    private readonly int index;
    private readonly long headDim;
    private readonly double dropRate, scale;
    private readonly Module<Tensor, Tensor> resid_dropout;
    private Module<Tensor, Tensor> c_attn, c_proj;

    public Gpt2Attention(Gpt2Config config, int index) : base(nameof(Gpt2Attention))
    {
        this.index = index;
        (headDim, dropRate) = (config.EvenHeadDim, config.AttentionDropRate);
        scale = (config.ScalesAttention ? 1 / Math.Sqrt(headDim) : 1) / (config.ScalesAttentionByLayer ? index + 1 : 1);
        c_attn = Linear(config.HiddenSize, 3 * config.HiddenSize);
        c_proj = Linear(config.HiddenSize, config.HiddenSize);
        resid_dropout = Dropout(config.DropRate);
        RegisterComponents();
    }

    public void InitializeProjection(double deviation) => ((Linear)c_proj).weight.normal_(0, deviation);

    public IReadOnlyList<(string Child, int QueryThirds)> KeysAndValues => [("c_attn", 1)];

    public Tensor Run(Tensor input, Tensor? mask, KeyValueCache? cache)
    {
        var parts = c_attn.call(input).chunk(3, -1);
        Tensor query = HeadAttention.OfTokens(HeadAttention.Split(parts[0], headDim), input.shape[1]), key = HeadAttention.Split(parts[1], headDim), value = HeadAttention.Split(parts[2], headDim);
        if (cache is not null)
            (key, value) = cache.Append(index, key, value);
        var mixed = HeadAttention.Attend(query, key, value, mask, scale, training ? dropRate : 0);
        return resid_dropout.call(c_proj.call(HeadAttention.Merge(mixed)));
    }
}

/// <summary>The feed-forward block.</summary>
internal sealed class Gpt2FeedForward : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> c_fc, act, c_proj, dropout;

    public Gpt2FeedForward(Gpt2Config config) : base(nameof(Gpt2FeedForward))
    {
        long width = config.IntermediateSize ?? 4 * config.HiddenSize;
        c_fc = Linear(config.HiddenSize, width);
        act = ActivationLayer.Of(config.Activation);
        c_proj = Linear(width, config.HiddenSize);
        dropout = Dropout(config.DropRate);
        RegisterComponents();
    }

    public void InitializeProjection(double deviation) => ((Linear)c_proj).weight.normal_(0, deviation);

    public override Tensor forward(Tensor input) => dropout.call(c_proj.call(act.call(c_fc.call(input))));
}

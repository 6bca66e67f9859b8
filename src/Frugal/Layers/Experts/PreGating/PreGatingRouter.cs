using Frugal.Catalogue;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Experts;

/// <summary>
/// The router that decides before a network runs which expert computes a token in all of its layers (Cai et al. 2024, Read-ME, section 3.2): a small causal transformer, <c>[batch, tokens]</c> ids to
/// <c>[batch, tokens, experts]</c> logits. Weight names are those of the authors' code; it also keeps which units of each block every expert was cut from (<c>units_0</c>, …), which it is taught by.
/// </summary>
/// <remarks>Scores are divided by <see cref="Normalizer"/>, which is 1 there, not by the root of a head's width.</remarks>
[Entry("pre-gating-router", Paper = "read-me")]
[Capabilities(CombinesWith = ["read-me", "routing-distillation"])]
public sealed class PreGatingRouter : Layer
{
    private const int MaxWidth = 65_536, MaxExperts = 4096;

    private readonly long headDim;
    // By their names with the block's number, where surgery finds them.
    private readonly Dictionary<string, Module<Tensor, Tensor>> parts = [];
    private readonly Embedding embed;
    private readonly Module<Tensor, Tensor> act;
    private Module<Tensor, Tensor> out_layernorm, proj_out;

    /// <param name="vocabularySize">Tokens that there are.</param>
    /// <param name="numExperts">Experts to choose from.</param>
    /// <param name="dim">Width of a token, and of the block between.</param>
    /// <param name="numLayers">Blocks.</param>
    /// <param name="numHeads">Attention heads.</param>
    /// <param name="activation">Between the two layers of a block.</param>
    /// <param name="normalizer">What scores are divided by.</param>
    /// <param name="rotaryTheta">Base of the rotary frequencies.</param>
    /// <param name="epsilon">Added to mean squares.</param>
    /// <param name="hiddenDims">Hidden units of each block that was cut into experts; none when null.</param>
    /// <exception cref="FrugalException">The heads do not divide the width.</exception>
    public PreGatingRouter(
        [Range(1, 10_000_000)] long vocabularySize, [Range(1, MaxExperts)] int numExperts = 7, [Range(1, MaxWidth)] long dim = 512, [Range(0, 1000)] int numLayers = 1, [Range(1, MaxExperts)] long numHeads = 4,
        Activation activation = Activation.Silu, [Range(0, 1e6, AboveLow = true)] double normalizer = 1, [Range(0, 1e12, AboveLow = true)] double rotaryTheta = 10_000, [Range(0, 1)] double epsilon = 1e-6,
        [Range(1, 10_000_000)] IReadOnlyList<long>? hiddenDims = null) : base(nameof(PreGatingRouter))
    {
        VocabularySize = Guard.Between(vocabularySize, 1, 10_000_000, nameof(vocabularySize));
        NumExperts = Guard.Between(numExperts, 1, MaxExperts, nameof(numExperts));
        (Dim, NumHeads) = (Guard.Between(dim, 1, MaxWidth, nameof(dim)), Guard.Between(numHeads, 1, MaxExperts, nameof(numHeads)));
        headDim = dim % numHeads == 0 ? dim / numHeads : throw new FrugalException($"the router: {numHeads} heads do not divide a width of {dim} evenly");
        (NumLayers, Activation) = (Guard.Between(numLayers, 0, 1000, nameof(numLayers)), activation);
        Normalizer = Guard.Positive(Guard.Between(normalizer, 0, 1e6, nameof(normalizer)), nameof(normalizer));
        RotaryTheta = Guard.Positive(Guard.Between(rotaryTheta, 0, 1e12, nameof(rotaryTheta)), nameof(rotaryTheta));
        Epsilon = Guard.Between(epsilon, 0, 1, nameof(epsilon));
        HiddenDims = hiddenDims;
        embed = Embedding(vocabularySize, dim);
        out_layernorm = new RmsNorm(dim, epsilon);
        proj_out = Linear(dim, numExperts);
        RegisterComponents();
        // No component: a non-linearity beside the last layer would look like one behind it.
        act = ActivationLayer.Of(activation);
        for (int i = 0; i < numLayers; i++)
        {
            foreach (string norm in new[] { "input_layernorm", "post_attention_layernorm" })
                Add($"{norm}_{i}", new RmsNorm(dim, epsilon));
            foreach (string layer in new[] { "q_proj", "k_proj", "v_proj", "o_proj", "proj_1", "proj_2" })
                Add($"{layer}_{i}", Linear(dim, dim));
        }
        foreach (var (i, hidden) in (hiddenDims ?? []).Index())
            register_buffer(UnitsName(i), zeros([numExperts, Guard.Between(hidden, 1, 10_000_000, nameof(hiddenDims))], ScalarType.Bool));
    }

    /// <summary>Tokens that there are.</summary>
    public long VocabularySize { get; }

    /// <summary>Experts to choose from.</summary>
    public int NumExperts { get; }

    /// <summary>Width of a token, and of the block between.</summary>
    public long Dim { get; }

    /// <summary>Blocks.</summary>
    public int NumLayers { get; }

    /// <summary>Attention heads.</summary>
    public long NumHeads { get; }

    /// <summary>Between the two layers of a block.</summary>
    public Activation Activation { get; }

    /// <summary>What scores are divided by.</summary>
    public double Normalizer { get; }

    /// <summary>Base of the rotary frequencies.</summary>
    public double RotaryTheta { get; }

    /// <summary>Added to mean squares.</summary>
    public double Epsilon { get; }

    /// <summary>Hidden units of each block that was cut into experts; none when null.</summary>
    public IReadOnlyList<long>? HiddenDims { get; }

    /// <summary>Which units of a block each expert was cut from.</summary>
    /// <param name="block">The block, from 0, in the order of the network.</param>
    public ExpertMasks UnitsOf(int block) => new(get_buffer(UnitsName(block))!.to(float32));

    /// <summary>Notes which units of a block each expert was cut from.</summary>
    internal void NoteUnits(int block, ExpertMasks masks) => get_buffer(UnitsName(block))!.copy_(masks.Masks.to(ScalarType.Bool));

    /// <summary>Begins with the token embedding of the network that it decides for, where that is as wide.</summary>
    /// <param name="embedding"><c>[vocabulary, width]</c>.</param>
    internal void Inherit(Tensor embedding)
    {
        using var mode = no_grad();
        if (embedding.shape.SequenceEqual(embed.weight!.shape))
            embed.weight.copy_(embedding);
    }

    /// <inheritdoc/>
    /// <param name="input">Token ids, <c>[batch, tokens]</c>.</param>
    public override Tensor forward(Tensor input) => Run(input, null, null, null);

    /// <summary>The logits of tokens that go on from others.</summary>
    /// <param name="ids"><c>[batch, tokens]</c>.</param>
    /// <param name="mask">0 for padding, <c>[batch, all tokens]</c>; null where there is none.</param>
    /// <param name="cache">What it kept of the tokens before these, under numbers below 0; whoever runs the network counts them.</param>
    /// <param name="positions"><c>[batch, tokens]</c>; null where they follow those of the cache.</param>
    internal Tensor Run(Tensor ids, Tensor? mask, KeyValueCache? cache, Tensor? positions)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using var scope = NewDisposeScope();
        var hidden = embed.call(ids);
        long first = cache?.Length ?? 0, tokens = ids.shape[1];
        var rotary = new RotaryEmbedding(headDim, RotaryTheta);
        var hides = AttentionMask.Of(mask, tokens, first + tokens, isCausal: true, hidden.dtype, hidden.device);
        var angles = positions is null ? rotary.Tables(first, tokens, hidden.dtype, hidden.device) : rotary.TablesAt(positions, hidden.dtype);
        for (int i = 0; i < NumLayers; i++)
        {
            Tensor Through(string part, Tensor input) => parts[$"{part}_{i}"].call(input);
            var seen = Through("input_layernorm", hidden);
            var query = RotaryEmbedding.Rotate(HeadAttention.Split(Through("q_proj", seen), headDim), angles);
            var (key, value) = (RotaryEmbedding.Rotate(HeadAttention.Split(Through("k_proj", seen), headDim), angles), HeadAttention.Split(Through("v_proj", seen), headDim));
            if (cache is not null)
                (key, value) = cache.Append(-1 - i, key, value);
            hidden = hidden + Through("o_proj", HeadAttention.Merge(HeadAttention.Attend(query, key, value, hides, scale: 1 / Normalizer)));
            hidden = hidden + Through("proj_2", act.call(Through("proj_1", Through("post_attention_layernorm", hidden))));
        }
        return proj_out.call(out_layernorm.call(hidden)).MoveToOuterDisposeScope();
    }

    private static string UnitsName(int block) => $"units_{block}";

    private void Add(string name, Module<Tensor, Tensor> part)
    {
        register_module(name, part);
        parts[name] = part;
    }
}

using Frugal.Graphs;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Models.Text.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>
/// A transformer over tokens, with the weight names of the transformers library: <c>[batch, tokens]</c> ids to the logits of its head, or to the last hidden states without one.
/// </summary>
public abstract class TextModel : Model
{
    // What stands on the networks of all families, and the poolers, which serve some heads.
    private static readonly string[] heads = ["classifier", "pre_classifier", "qa_outputs", "cls", "vocab_transform", "vocab_layer_norm", "vocab_projector", "lm_head", "score", "bert.pooler", "widenet.pooler"];

    // Where a router is put that decides before the layers run (PreGatingRouter).
    private protected Module<Tensor, Tensor> router = Identity();

    /// <param name="config">What it is built from, complete.</param>
    protected TextModel(TextModelConfig config) : base(config, (config ?? throw new ArgumentNullException(nameof(config))).ModelType)
    {
    }

    /// <summary>The router that decides the expert of each token before the layers run; null where there is none.</summary>
    internal PreGatingRouter? PreGating => router as PreGatingRouter;

    /// <summary>What the network was built from, complete.</summary>
    public TextModelConfig TextConfig => (TextModelConfig)Config;

    /// <summary>What stands on it.</summary>
    public TextHead Head => TextConfig.Head!.Value;

    /// <summary>Shape of one input: <c>[tokens]</c>.</summary>
    public override IReadOnlyList<long> InputShape => [TextConfig.Tokens!.Value];

    /// <summary>Tokens are numbered.</summary>
    public override ScalarType InputType => ScalarType.Int64;

    /// <inheritdoc/>
    public override IReadOnlyList<DynamicLength> DynamicLengths => TextConfig.Tokens >= DynamicLength.ShortestExample ? [new("tokens", 1)] : [];

    /// <inheritdoc/>
    public override string ClassifierPath => Head switch
    {
        TextHead.SequenceClassification or TextHead.TokenClassification => "classifier",
        TextHead.QuestionAnswering => "qa_outputs",
        _ => "",
    };

    /// <inheritdoc/>
    public override long NumFeatures => TextConfig.HiddenSize;

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<string>> LayerGroups =>
        [EmbeddingPaths, .. Enumerable.Range(0, TextConfig.NumLayers).Select(i => (IReadOnlyList<string>)[$"{LayersPath}.{i}"]), HeadPaths];

    /// <inheritdoc/>
    internal override IReadOnlyList<string> HeadPaths => heads;

    /// <summary>Paths of the embeddings and what belongs to them.</summary>
    protected abstract IReadOnlyList<string> EmbeddingPaths { get; }

    /// <summary>Path of the list of layers.</summary>
    protected abstract string LayersPath { get; }

    /// <summary>Whether it can go on from a key-value cache.</summary>
    public virtual bool IsCausal => false;

    /// <summary>Kinds of text that tokens can be of, e.g. the first and the second of a pair; 1 where all are alike.</summary>
    protected virtual long NumTokenTypes => 1;

    /// <summary>Where its weights stand in a checkpoint.</summary>
    internal abstract CheckpointLayout Layout { get; }

    /// <summary>Computes hidden states and logits.</summary>
    /// <param name="batch">Tokens, and what is known of them.</param>
    /// <param name="cache">Keys and values of the tokens before these; they are added to it. Null to start anew.</param>
    /// <exception cref="FrugalException">
    /// A token is not in the vocabulary, the sequence is longer than the position table, a mask has another shape, or a cache is given and the model is not causal or has a prompt or prefixes.
    /// </exception>
    public TextOutput Run(TextBatch batch, KeyValueCache? cache = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Check(batch, cache);
        using var scope = NewDisposeScope();
        return Judge(new TextOutput(EncodeTokens(batch, cache)) { Mask = batch.AttentionMask }).MoveToOuterDisposeScope();
    }

    /// <summary>The last hidden states <c>[batch, tokens, dim]</c>. Padding is passed over where the configuration says which token it is.</summary>
    public override Tensor ForwardFeatures(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        return EncodeTokens(Checked(BatchOf(input)), null)[^1].MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var batch = Checked(BatchOf(input));
        var hidden = EncodeTokens(batch, null);
        return (Head == TextHead.None ? hidden[^1] : Judge(new TextOutput(hidden) { Mask = batch.AttentionMask }).Logits!).MoveToOuterDisposeScope();
    }

    /// <summary>The head's logits; without a head, or with <paramref name="preLogits"/>, the hidden states. Hidden states alone do not say what is padding: a decoder judges a text by the last of all.</summary>
    public override Tensor ForwardHead(Tensor features, bool preLogits = false)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (preLogits || Head == TextHead.None)
            return features.alias();
        using var scope = NewDisposeScope();
        return Judge(new TextOutput([features])).Logits!.MoveToOuterDisposeScope();
    }

    // Heads see the tokens, and not the prompt in front of them.
    private IReadOnlyList<Tensor> EncodeTokens(TextBatch batch, KeyValueCache? cache)
    {
        RouteAhead(batch, cache);
        return [.. Encode(batch, cache).Select(hidden => LearnedRows.Behind(hidden, batch.InputIds.shape[1]))];
    }

    private void RouteAhead(TextBatch batch, KeyValueCache? cache)
    {
        if (PreGating is not { } decides)
            return;
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var experts = (batch.Experts ?? decides.Run(batch.InputIds, batch.AttentionMask, cache, batch.Positions).argmax(-1)).flatten();
        foreach (var layer in modules().OfType<MixtureOfExperts>().Where(layer => layer.Router is PreGatedRouter))
            layer.PreRoute(experts);
    }

    /// <summary>What the embedding gives, then what each layer gives, with the rows of a prompt in front; on checked input and within a dispose scope.</summary>
    protected abstract IReadOnlyList<Tensor> Encode(TextBatch batch, KeyValueCache? cache);

    /// <summary>Adds what the head makes of the last hidden states; within a dispose scope.</summary>
    protected abstract TextOutput Judge(TextOutput output);

    /// <inheritdoc/>
    internal override IWeights Arranged(IWeights weights) => new LaidOutWeights(weights, Layout, state_dict().Keys);

    /// <inheritdoc/>
    internal override Tensor Stored(string name, Tensor weight) => Layout.Turns(name, weight.shape) ? weight.detach().t().contiguous() : weight;

    /// <summary>Sets fresh weights that are not like the others; called within <c>no_grad</c>.</summary>
    protected virtual void InitializeSpecialWeights()
    {
    }

    /// <summary>The network that was just built, with fresh weights as published.</summary>
    internal TextModel WithFreshWeights()
    {
        using var mode = no_grad();
        TextInitializer.Apply(this, TextConfig.InitializerRange);
        InitializeSpecialWeights();
        return this;
    }

    /// <summary>A head's logits for the last hidden states; one that looks at neighbours is told which are padding.</summary>
    private protected static Tensor Ask(Module<Tensor, Tensor> head, Tensor hidden, Tensor? mask) => mask is not null && head is IMaskedLayer masked ? masked.Run(hidden, mask) : head.call(hidden);

    // What the ids alone say: which are padding, and which are of the second text of a pair.
    private TextBatch BatchOf(Tensor input) => new(input)
    {
        AttentionMask = TextConfig.PaddingId is { } padding ? input.ne(padding) : null,
        TokenTypeIds = NumTokenTypes > 1 && TextConfig.SeparatorId is { } separator ? Segments.Of(input, separator, TextConfig.PaddingId) : null,
    };

    // While a graph is captured the ids are an example's, and their values no business of the graph.
    private TextBatch Checked(TextBatch batch)
    {
        if (!Graph.IsCapturing)
            Check(batch, null);
        return batch;
    }

    private void Check(TextBatch batch, KeyValueCache? cache)
    {
        var ids = batch.InputIds;
        if (ids.dim() != 2 || ids.dtype != ScalarType.Int64)
            throw new FrugalException($"{GetName()} takes 64-bit token ids [batch, tokens], and got {ids.dtype} [{string.Join(", ", ids.shape)}].");
        if (cache is not null && !IsCausal)
            throw new FrugalException($"{GetName()} is not causal: it sees later tokens as well, so nothing can be kept of earlier ones.");
        if (cache is { Length: 0 } && LearnedRows.AreIn(this))
            throw new FrugalException($"{GetName()} has a prompt or prefixes, which would stand before every new token again: run it on all tokens without a key-value cache.");
        long total = (cache?.Length ?? 0) + ids.shape[1];
        if (total > TextConfig.MaxPositions)
            throw new FrugalException($"{GetName()} takes at most {TextConfig.MaxPositions} tokens, and got {total}; shorten the text.");
        Require(batch.AttentionMask, nameof(batch.AttentionMask), ids.shape[0], total);
        Require(batch.TokenTypeIds, nameof(batch.TokenTypeIds), ids.shape[0], ids.shape[1]);
        Require(batch.Positions, nameof(batch.Positions), ids.shape[0], ids.shape[1]);
        Require(batch.Experts, nameof(batch.Experts), ids.shape[0], ids.shape[1]);
        if (batch.Positions is not null && (!IsCausal || LearnedRows.AreIn(this)))
            throw new FrugalException($"{GetName()} takes no positions: only causal models do, without a prompt or prefixes.");
        if (batch.Experts is not null && PreGating is null)
            throw new FrugalException($"{GetName()} takes no experts: it has no router that decides before the layers run; read-me puts one in.");
        if (ids.numel() == 0)
            return;
        if (Outside(ids, TextConfig.VocabularySize) is { } id)
            throw new FrugalException($"{GetName()} has {TextConfig.VocabularySize} tokens, from 0, and got the id {id}; the tokeniser is not the one that it was trained with.");
        if (NumTokenTypes > 1 && batch.TokenTypeIds is { } types && Outside(types, NumTokenTypes) is { } type)
            throw new FrugalException($"{GetName()}: {nameof(batch.TokenTypeIds)} must be from 0 to {NumTokenTypes - 1}, and hold {type}.");
    }

    // A number that is none of so many, from 0; null where there is none.
    private static long? Outside(Tensor numbers, long count)
    {
        using var scope = NewDisposeScope();
        long low = numbers.min().item<long>(), high = numbers.max().item<long>();
        return low < 0 ? low : high >= count ? high : null;
    }

    private void Require(Tensor? mask, string name, long batch, long tokens)
    {
        if (mask is not null && (mask.dim() != 2 || mask.shape[0] != batch || mask.shape[1] != tokens))
            throw new FrugalException($"{GetName()}: {name} must be [{batch}, {tokens}], and is [{string.Join(", ", mask.shape)}].");
    }
}

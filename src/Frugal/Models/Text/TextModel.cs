using Frugal.Layers;
using Frugal.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>
/// A transformer over tokens, with the weight names of the transformers library: <c>[batch, tokens]</c> ids to the logits of its head, or to the last hidden states without one.
/// </summary>
public abstract class TextModel : Module<Tensor, Tensor>
{
    /// <param name="config">What it is built from.</param>
    /// <param name="head">What stands on it.</param>
    protected TextModel(TextModelConfig config, TextHead head) : base((config ?? throw new ArgumentNullException(nameof(config))).ModelType) => (Config, Head) = (config, head);

    /// <summary>What it is built from.</summary>
    public TextModelConfig Config { get; }

    /// <summary>What stands on it.</summary>
    public TextHead Head { get; }

    /// <summary>Whether it can go on from a key-value cache.</summary>
    public virtual bool IsCausal => false;

    /// <summary>Where its weights stand in a checkpoint.</summary>
    internal abstract Checkpoints.CheckpointLayout Layout { get; }

    /// <summary>Computes hidden states and logits.</summary>
    /// <param name="batch">Tokens, and what is known of them.</param>
    /// <param name="cache">Keys and values of the tokens before these; they are added to it. Null to start anew.</param>
    /// <exception cref="FrugalException">A token is not in the vocabulary, the sequence is longer than the position table, a mask has another shape, or the model is not causal and a cache is given.</exception>
    public TextOutput Run(TextBatch batch, KeyValueCache? cache = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Check(batch, cache);
        using var scope = NewDisposeScope();
        return Compute(batch, cache).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var output = Compute(new TextBatch(input), null);
        return (output.Logits ?? output.Hidden[^1]).MoveToOuterDisposeScope();
    }

    /// <summary>The computation itself, on checked input and within a dispose scope.</summary>
    protected abstract TextOutput Compute(TextBatch batch, KeyValueCache? cache);

    /// <summary>Sets fresh weights that are not like the others; called within <c>no_grad</c>.</summary>
    protected virtual void InitializeSpecialWeights()
    {
    }

    /// <summary>Finishes a network that was just built: fresh weights as published, which belong to it whatever dispose scope is open.</summary>
    internal static TModel Initialize<TModel>(Func<TModel> build) where TModel : TextModel
    {
        LibTorch.Load();
        using var scope = NewDisposeScope();
        var model = build();
        using (no_grad())
        {
            TextInitializer.Apply(model, model.Config.InitializerRange);
            model.InitializeSpecialWeights();
        }
        foreach (var tensor in model.parameters().Concat(model.buffers()))
            tensor.DetachFromDisposeScope();
        return model;
    }

    private void Check(TextBatch batch, KeyValueCache? cache)
    {
        var ids = batch.InputIds;
        if (ids.dim() != 2 || ids.dtype != ScalarType.Int64)
            throw new FrugalException($"{GetName()} takes 64-bit token ids [batch, tokens], and got {ids.dtype} [{string.Join(", ", ids.shape)}].");
        if (cache is not null && !IsCausal)
            throw new FrugalException($"{GetName()} is not causal: it sees later tokens as well, so nothing can be kept of earlier ones.");
        long total = (cache?.Length ?? 0) + ids.shape[1];
        if (total > Config.MaxPositions)
            throw new FrugalException($"{GetName()} takes at most {Config.MaxPositions} tokens, and got {total}; shorten the text.");
        Require(batch.AttentionMask, nameof(batch.AttentionMask), ids.shape[0], total);
        Require(batch.TokenTypeIds, nameof(batch.TokenTypeIds), ids.shape[0], ids.shape[1]);
        if (ids.numel() == 0)
            return;
        using var scope = NewDisposeScope();
        long low = ids.min().item<long>(), high = ids.max().item<long>();
        if (low < 0 || high >= Config.VocabularySize)
            throw new FrugalException($"{GetName()} has {Config.VocabularySize} tokens, and got the id {(low < 0 ? low : high)}; the tokeniser is not the one that it was trained with.");
    }

    private void Require(Tensor? mask, string name, long batch, long tokens)
    {
        if (mask is not null && (mask.dim() != 2 || mask.shape[0] != batch || mask.shape[1] != tokens))
            throw new FrugalException($"{GetName()}: {name} must be [{batch}, {tokens}], and is [{string.Join(", ", mask.shape)}].");
    }
}

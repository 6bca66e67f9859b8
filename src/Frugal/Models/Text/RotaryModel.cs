using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>A causal model with rotary positions, with its language-model head or without: LLaMA (Touvron et al. 2023), and decoders whose attention and feed-forward blocks run side by side.</summary>
internal sealed class RotaryModel : TextModel
{
    private readonly RotaryDecoder model;
    private Module<Tensor, Tensor>? lm_head;

    /// <param name="config">What it is built from, complete.</param>
    /// <param name="decoder">Everything but the head.</param>
    /// <param name="tiesEmbeddings">Whether the head's matrix is the word embedding.</param>
    public RotaryModel(TextModelConfig config, RotaryDecoder decoder, bool tiesEmbeddings) : base(config)
    {
        model = decoder;
        lm_head = Head == TextHead.CausalLanguageModel && !tiesEmbeddings ? Linear(config.HiddenSize, config.VocabularySize, hasBias: false) : null;
        RegisterComponents();
        Layout = new CheckpointLayout("model.")
        {
            Repeated = lm_head is null ? new Dictionary<string, string> { ["lm_head.weight"] = "model.embed_tokens.weight" } : [],
            Ignored = Enumerable.Range(0, config.NumLayers).Select(i => $"model.layers.{i}.self_attn.rotary_emb.inv_freq").ToHashSet(),
        };
    }

    public override bool IsCausal => true;

    internal override CheckpointLayout Layout { get; }

    internal override string TokensPath => "model.embedded";

    protected override IReadOnlyList<string> EmbeddingPaths => ["model.embed_tokens"];

    protected override string LayersPath => "model.layers";

    protected override IReadOnlyList<Tensor> Encode(TextBatch batch, KeyValueCache? cache) => model.Run(batch, cache);

    protected override TextOutput Judge(TextOutput output)
    {
        if (Head == TextHead.None)
            return output;
        var last = output.Hidden[^1];
        return output with { Logits = lm_head?.call(last) ?? functional.linear(last, model.WordEmbedding) };
    }
}

using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;
using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>A causal model with rotary positions, with one of its heads or without: LLaMA (Touvron et al. 2023), and decoders whose attention and feed-forward blocks run side by side.</summary>
internal sealed class RotaryModel : CausalModel
{
    private readonly RotaryDecoder model;

    /// <param name="config">What it is built from, complete.</param>
    /// <param name="decoder">Everything but the head.</param>
    /// <param name="tiesEmbeddings">Whether the head's matrix is the word embedding.</param>
    public RotaryModel(TextModelConfig config, RotaryDecoder decoder, bool tiesEmbeddings) : base(config, tiesEmbeddings)
    {
        model = decoder;
        RegisterComponents();
        Layout = new CheckpointLayout("model.")
        {
            Repeated = RepeatedHead("model.embed_tokens.weight"),
            Ignored = Enumerable.Range(0, config.NumLayers).Select(i => $"model.layers.{i}.self_attn.rotary_emb.inv_freq").ToHashSet(),
        };
    }

    protected override Tensor WordEmbedding => model.WordEmbedding;

    internal override CheckpointLayout Layout { get; }

    internal override string TokensPath => "model.embedded";

    protected override IReadOnlyList<string> EmbeddingPaths => ["model.embed_tokens"];

    protected override string LayersPath => "model.layers";

    protected override IReadOnlyList<Tensor> Encode(TextBatch batch, KeyValueCache? cache) => model.Run(batch, cache);
}

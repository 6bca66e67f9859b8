using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>LLaMA, with its language-model head or without (Touvron et al. 2023).</summary>
internal sealed class Llama : TextModel
{
    private readonly LlamaDecoder model;
    private Module<Tensor, Tensor>? lm_head;

    public Llama(LlamaConfig config) : base(config)
    {
        model = new LlamaDecoder(config);
        lm_head = Head == TextHead.CausalLanguageModel && !config.TiesEmbeddings ? Linear(config.HiddenSize, config.VocabularySize, hasBias: false) : null;
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

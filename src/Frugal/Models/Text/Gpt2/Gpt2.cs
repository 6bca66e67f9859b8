using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>GPT-2, with its language-model head or without (Radford et al. 2019).</summary>
internal sealed class Gpt2 : TextModel
{
    private readonly Gpt2Decoder transformer;
    private Module<Tensor, Tensor>? lm_head;

    public Gpt2(Gpt2Config config) : base(config)
    {
        transformer = new Gpt2Decoder(config);
        lm_head = Head == TextHead.CausalLanguageModel && !config.TiesEmbeddings ? Linear(config.HiddenSize, config.VocabularySize, hasBias: false) : null;
        RegisterComponents();
        Layout = new CheckpointLayout("transformer.")
        {
            Repeated = lm_head is null ? new Dictionary<string, string> { ["lm_head.weight"] = "transformer.wte.weight" } : [],
            // Masks, which some files keep.
            Ignored = Enumerable.Range(0, config.NumLayers).SelectMany(i => new[] { $"transformer.h.{i}.attn.bias", $"transformer.h.{i}.attn.masked_bias" }).ToHashSet(),
            // Files keep these matrices as [in, out].
            Transposed = Enumerable.Range(0, config.NumLayers).SelectMany(i => new[] { "attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj" }.Select(layer => $"transformer.h.{i}.{layer}.weight")).ToHashSet(),
        };
    }

    public override bool IsCausal => true;

    internal override CheckpointLayout Layout { get; }

    protected override void InitializeSpecialWeights() => transformer.ShrinkProjections();

    internal override string TokensPath => "transformer.drop";

    protected override IReadOnlyList<string> EmbeddingPaths => ["transformer.wte", "transformer.wpe"];

    protected override string LayersPath => "transformer.h";

    protected override IReadOnlyList<Tensor> Encode(TextBatch batch, KeyValueCache? cache) => transformer.Run(batch, cache);

    protected override TextOutput Judge(TextOutput output)
    {
        if (Head == TextHead.None)
            return output;
        var last = output.Hidden[^1];
        return output with { Logits = lm_head?.call(last) ?? functional.linear(last, transformer.WordEmbedding) };
    }
}

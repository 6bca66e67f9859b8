using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;
using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>GPT-2 with one of its heads or without (Radford et al. 2019).</summary>
internal sealed class Gpt2 : CausalModel
{
    private readonly Gpt2Decoder transformer;

    public Gpt2(Gpt2Config config) : base(config, config.TiesEmbeddings)
    {
        transformer = new Gpt2Decoder(config);
        RegisterComponents();
        Layout = new CheckpointLayout("transformer.")
        {
            Repeated = RepeatedHead("transformer.wte.weight"),
            // Masks, which some files keep.
            Ignored = Enumerable.Range(0, config.NumLayers).SelectMany(i => new[] { $"transformer.h.{i}.attn.bias", $"transformer.h.{i}.attn.masked_bias" }).ToHashSet(),
            // Files keep these matrices as [in, out].
            Transposed = Enumerable.Range(0, config.NumLayers).SelectMany(i => new[] { "attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj" }.Select(layer => $"transformer.h.{i}.{layer}.weight")).ToHashSet(),
        };
    }

    internal override CheckpointLayout Layout { get; }

    protected override Tensor WordEmbedding => transformer.WordEmbedding;

    protected override void InitializeSpecialWeights() => transformer.ShrinkProjections();

    internal override string TokensPath => "transformer.drop";

    protected override IReadOnlyList<string> EmbeddingPaths => ["transformer.wte", "transformer.wpe"];

    protected override string LayersPath => "transformer.h";

    protected override IReadOnlyList<Tensor> Encode(TextBatch batch, KeyValueCache? cache) => transformer.Run(batch, cache);
}

using Frugal.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Embedding, layers with rotary positions and a last normalisation, under the names of LLaMA's checkpoints.</summary>
internal sealed class RotaryDecoder : Module
{
    private readonly Embedding embed_tokens;
    private readonly ModuleList<DecoderLayer> layers;
    private readonly Module<Tensor, Tensor> norm;
    private readonly RotaryEmbedding rotary;
    private Module<Tensor, Tensor> embedded;

    /// <param name="config">Sizes.</param>
    /// <param name="layer">Makes a layer.</param>
    /// <param name="norm">The last normalisation.</param>
    /// <param name="rotary">Turns queries and keys.</param>
    public RotaryDecoder(TextModelConfig config, Func<DecoderLayer> layer, Module<Tensor, Tensor> norm, RotaryEmbedding rotary) : base(nameof(RotaryDecoder))
    {
        this.rotary = rotary;
        embed_tokens = Embedding(config.VocabularySize, config.HiddenSize);
        // Where a prompt is put: the embedding itself also decodes.
        embedded = Identity();
        layers = ModuleList([.. Enumerable.Range(0, config.NumLayers).Select(_ => layer())]);
        this.norm = norm;
        RegisterComponents();
    }

    /// <summary><c>[vocabulary, dim]</c>.</summary>
    public Tensor WordEmbedding => embed_tokens.weight!;

    public List<Tensor> Run(TextBatch batch, KeyValueCache? cache)
    {
        long first = cache?.Length ?? 0, tokens = batch.InputIds.shape[1];
        List<Tensor> hidden = [embedded.call(embed_tokens.call(batch.InputIds))];
        long rows = hidden[0].shape[1];
        var mask = AttentionMask.Of(batch.AttentionMask, rows, first + rows, isCausal: true, hidden[0].dtype, hidden[0].device);
        var angles = batch.Positions is { } positions ? rotary.TablesAt(positions, hidden[0].dtype) : rotary.Tables(first, rows, hidden[0].dtype, hidden[0].device);
        for (int i = 0; i < layers.Count; i++)
            hidden.Add(layers[i].Run(hidden[^1], new(angles, mask, cache, i)));
        hidden[^1] = norm.call(hidden[^1]);
        cache?.Advance(tokens);
        return hidden;
    }
}

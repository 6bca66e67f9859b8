using Frugal.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>LLaMA's embedding, layers and last normalisation, under the names of its checkpoints.</summary>
internal sealed class LlamaDecoder : Module
{
    private readonly Embedding embed_tokens;
    private readonly ModuleList<LlamaLayer> layers;
    private readonly Module<Tensor, Tensor> norm;
    private readonly RotaryEmbedding rotary;
    private Module<Tensor, Tensor> embedded;

    public LlamaDecoder(LlamaConfig config) : base(nameof(LlamaDecoder))
    {
        rotary = new RotaryEmbedding(config.HeadDim ?? config.EvenHeadDim, config.RotaryTheta, config.RotaryScaling);
        embed_tokens = Embedding(config.VocabularySize, config.HiddenSize);
        // Where a prompt is put: the embedding itself also decodes.
        embedded = Identity();
        layers = ModuleList([.. Enumerable.Range(0, config.NumLayers).Select(i => new LlamaLayer(config, i))]);
        norm = new RmsNorm(config.HiddenSize, config.RmsNormEpsilon);
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
        var angles = rotary.Tables(first, rows, hidden[0].dtype, hidden[0].device);
        foreach (var layer in layers)
            hidden.Add(layer.Run(hidden[^1], angles, mask, cache));
        hidden[^1] = norm.call(hidden[^1]);
        cache?.Advance(tokens);
        return hidden;
    }
}

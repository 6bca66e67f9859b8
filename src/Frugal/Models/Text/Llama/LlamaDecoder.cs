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

    public LlamaDecoder(LlamaConfig config) : base(nameof(LlamaDecoder))
    {
        rotary = new RotaryEmbedding(config.HeadDim ?? config.EvenHeadDim, config.RotaryTheta, config.RotaryScaling);
        embed_tokens = Embedding(config.VocabularySize, config.HiddenSize);
        layers = ModuleList([.. Enumerable.Range(0, config.NumLayers).Select(i => new LlamaLayer(config, i))]);
        norm = new RmsNorm(config.HiddenSize, config.RmsNormEpsilon);
        RegisterComponents();
    }

    /// <summary><c>[vocabulary, dim]</c>.</summary>
    public Tensor WordEmbedding => embed_tokens.weight!;

    public List<Tensor> Run(TextBatch batch, KeyValueCache? cache)
    {
        long first = cache?.Length ?? 0, tokens = batch.InputIds.shape[1];
        List<Tensor> hidden = [embed_tokens.call(batch.InputIds)];
        var mask = AttentionMask.Of(batch.AttentionMask, tokens, first + tokens, isCausal: true, hidden[0].dtype, hidden[0].device);
        var angles = rotary.Tables(first, tokens, hidden[0].dtype, hidden[0].device);
        foreach (var layer in layers)
            hidden.Add(layer.Run(hidden[^1], angles, mask, cache));
        hidden[^1] = norm.call(hidden[^1]);
        cache?.Advance(tokens);
        return hidden;
    }
}

using Frugal.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>GPT-2's embeddings, layers and last normalisation, under the names of its checkpoints.</summary>
internal sealed class Gpt2Decoder : Module
{
    private readonly Embedding wte, wpe;
    private readonly ModuleList<Gpt2Block> h;
    private Module<Tensor, Tensor> drop;
    private readonly Module<Tensor, Tensor> ln_f;
    private readonly double projectionDeviation;

    public Gpt2Decoder(Gpt2Config config) : base(nameof(Gpt2Decoder))
    {
        wte = Embedding(config.VocabularySize, config.HiddenSize);
        wpe = Embedding(config.MaxPositions, config.HiddenSize);
        drop = Dropout(config.EmbeddingDropRate);
        h = ModuleList([.. Enumerable.Range(0, config.NumLayers).Select(i => new Gpt2Block(config, i))]);
        ln_f = LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        projectionDeviation = config.InitializerRange / Math.Sqrt(2.0 * Math.Max(1, config.NumLayers));
        RegisterComponents();
    }

    /// <summary><c>[vocabulary, dim]</c>.</summary>
    public Tensor WordEmbedding => wte.weight!;

    /// <summary>Fresh weights on the residual path are smaller by √(2 · layers) (section 2.3 of the paper).</summary>
    public void ShrinkProjections()
    {
        foreach (var block in h)
            block.InitializeProjections(projectionDeviation);
    }

    public List<Tensor> Run(TextBatch batch, KeyValueCache? cache)
    {
        long first = cache?.Length ?? 0, tokens = batch.InputIds.shape[1];
        var positions = batch.Positions ?? arange(first, first + tokens, int64, batch.InputIds.device).unsqueeze(0);
        List<Tensor> hidden = [drop.call(wte.call(batch.InputIds) + wpe.call(positions))];
        long rows = hidden[0].shape[1];
        var mask = AttentionMask.Of(batch.AttentionMask, rows, first + rows, isCausal: true, hidden[0].dtype, hidden[0].device);
        foreach (var block in h)
            hidden.Add(block.Run(hidden[^1], mask, cache));
        hidden[^1] = ln_f.call(hidden[^1]);
        cache?.Advance(tokens);
        return hidden;
    }
}

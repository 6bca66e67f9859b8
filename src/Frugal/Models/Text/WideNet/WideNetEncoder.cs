using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Embeddings, the shared blocks with a last norm behind them, and ALBERT's pooler.</summary>
internal sealed class WideNetEncoder : Module
{
    private readonly BertEmbeddings embeddings;
    private readonly SharedBlocks encoder;
    private readonly BertPooler? pooler;
    private Module<Tensor, Tensor> norm;

    public WideNetEncoder(WideNetTextConfig config, bool hasPooler) : base(nameof(WideNetEncoder))
    {
        long dim = config.HiddenSize;
        embeddings = new BertEmbeddings(config);
        // Refuses heads that do not divide the width in the words of text models.
        long heads = dim / config.EvenHeadDim;
        encoder = new SharedBlocks(
            config.NumLayers, new SelfAttention(dim, heads, attentionDropRate: config.AttentionDropRate, projectionDropRate: config.DropRate),
            config.Mixture.Create(dim, config.IntermediateSize, config.Activation, config.DropRate), dim, config.SharesNorms, config.LayerNormEpsilon);
        norm = LayerNorm(dim, config.LayerNormEpsilon);
        pooler = hasPooler ? new BertPooler(dim) : null;
        RegisterComponents();
    }

    /// <summary><c>[vocabulary, embedding size]</c>.</summary>
    public Tensor WordEmbedding => embeddings.WordEmbedding;

    /// <summary>Paths of what each block has for itself.</summary>
    public IEnumerable<IReadOnlyList<string>> BlockPaths(int blocks, string path) => Enumerable.Range(0, blocks).Select(block => encoder.PathsOf(block, $"{path}.{nameof(encoder)}"));

    /// <summary><c>[batch, dim]</c> of hidden states; null without a pooler.</summary>
    public Tensor? Pool(Tensor hidden) => pooler?.call(hidden);

    public List<Tensor> Run(TextBatch batch)
    {
        var embedded = embeddings.Run(batch);
        long rows = embedded.shape[1];
        var mask = AttentionMask.Of(batch.AttentionMask, rows, rows, isCausal: false, embedded.dtype, embedded.device);
        List<Tensor> hidden = [embedded, .. encoder.Run(embedded, mask)];
        hidden[^1] = norm.call(hidden[^1]);
        return hidden;
    }
}

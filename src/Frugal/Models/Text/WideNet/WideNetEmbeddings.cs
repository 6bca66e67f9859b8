using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Word, position and type of each token in a small width, added, normalised and brought to the network's width (Lan et al. 2019, "ALBERT", arXiv 1909.11942, section 3.1).</summary>
internal sealed class WideNetEmbeddings : Module
{
    private readonly Embedding word_embeddings, position_embeddings, token_type_embeddings;
    private Module<Tensor, Tensor> LayerNorm, dropout, projection;

    public WideNetEmbeddings(WideNetTextConfig config) : base(nameof(WideNetEmbeddings))
    {
        word_embeddings = Embedding(config.VocabularySize, config.EmbeddingSize, config.PaddingId);
        position_embeddings = Embedding(config.MaxPositions, config.EmbeddingSize);
        token_type_embeddings = Embedding(config.NumTokenTypes, config.EmbeddingSize);
        LayerNorm = nn.LayerNorm(config.EmbeddingSize, config.LayerNormEpsilon);
        dropout = Dropout(config.DropRate);
        projection = Linear(config.EmbeddingSize, config.HiddenSize);
        RegisterComponents();
    }

    /// <summary><c>[vocabulary, embedding size]</c>.</summary>
    public Tensor WordEmbedding => word_embeddings.weight!;

    /// <summary><c>[batch, tokens, dim]</c>.</summary>
    public Tensor Run(TextBatch batch)
    {
        var ids = batch.InputIds;
        var positions = arange(ids.shape[1], int64, ids.device).unsqueeze(0);
        var types = batch.TokenTypeIds ?? zeros_like(ids);
        return projection.call(dropout.call(LayerNorm.call(word_embeddings.call(ids) + token_type_embeddings.call(types) + position_embeddings.call(positions))));
    }
}

using Frugal.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>
/// Word, position and type of each token, added and normalised; also in a small width that a linear layer brings to the network's (Lan et al. 2019, "ALBERT", arXiv 1909.11942, section 3.1).
/// </summary>
internal sealed class BertEmbeddings : Module, IBinarizable
{
    private readonly long? paddingId;
    private Module<Tensor, Tensor> word_embeddings;
    private readonly Embedding position_embeddings, token_type_embeddings;
    private readonly Module<Tensor, Tensor> LayerNorm;
    private Module<Tensor, Tensor> dropout;
    private Module<Tensor, Tensor>? projection;

    public BertEmbeddings(BertConfig config) : this(config, config.HiddenSize, config.NumTokenTypes, config.LayerNormEpsilon, config.DropRate) => RegisterComponents();

    public BertEmbeddings(WideNetTextConfig config) : this(config, config.EmbeddingSize, config.NumTokenTypes, config.LayerNormEpsilon, config.DropRate)
    {
        projection = Linear(config.EmbeddingSize, config.HiddenSize);
        RegisterComponents();
    }

    private BertEmbeddings(TextModelConfig config, long width, long numTokenTypes, double epsilon, double dropRate) : base(nameof(BertEmbeddings))
    {
        paddingId = config.PaddingId;
        word_embeddings = Embedding(config.VocabularySize, width, config.PaddingId);
        position_embeddings = Embedding(config.MaxPositions, width);
        token_type_embeddings = Embedding(numTokenTypes, width);
        LayerNorm = nn.LayerNorm(width, epsilon);
        dropout = Dropout(dropRate);
    }

    /// <summary><c>[vocabulary, width]</c>, in floating point also where the words are looked up as signs.</summary>
    public Tensor WordEmbedding => BinaryEmbedding.WeightOf(word_embeddings);

    public string BinaryChild => "word_embeddings";

    public Module<Tensor, Tensor> ToBinary(int estimatorRank, Generator generator) => BinaryEmbedding.Like(word_embeddings, paddingId);

    /// <summary><c>[batch, tokens, dim]</c>.</summary>
    public Tensor Run(TextBatch batch)
    {
        var ids = batch.InputIds;
        var positions = arange(ids.shape[1], int64, ids.device).unsqueeze(0);
        var types = batch.TokenTypeIds ?? zeros_like(ids);
        var embedded = dropout.call(LayerNorm.call(word_embeddings.call(ids) + token_type_embeddings.call(types) + position_embeddings.call(positions)));
        return projection?.call(embedded) ?? embedded;
    }
}

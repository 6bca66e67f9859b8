using Frugal.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>Word, position and type of each token, added and normalised.</summary>
internal sealed class BertEmbeddings : Module, IBinarizable
{
    private readonly long? paddingId;
    private Module<Tensor, Tensor> word_embeddings;
    private readonly Embedding position_embeddings, token_type_embeddings;
    private readonly Module<Tensor, Tensor> LayerNorm;
    private Module<Tensor, Tensor> dropout;

    public BertEmbeddings(BertConfig config) : base(nameof(BertEmbeddings))
    {
        paddingId = config.PaddingId;
        word_embeddings = Embedding(config.VocabularySize, config.HiddenSize, config.PaddingId);
        position_embeddings = Embedding(config.MaxPositions, config.HiddenSize);
        token_type_embeddings = Embedding(config.NumTokenTypes, config.HiddenSize);
        LayerNorm = nn.LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        dropout = Dropout(config.DropRate);
        RegisterComponents();
    }

    /// <summary><c>[vocabulary, dim]</c>, in floating point also where the words are looked up as signs.</summary>
    public Tensor WordEmbedding => BinaryEmbedding.WeightOf(word_embeddings);

    public string BinaryChild => "word_embeddings";

    public Module<Tensor, Tensor> ToBinary(int estimatorRank, Generator generator) => BinaryEmbedding.Like(word_embeddings, paddingId);

    public Tensor Run(TextBatch batch)
    {
        var ids = batch.InputIds;
        var positions = arange(ids.shape[1], int64, ids.device).unsqueeze(0);
        var types = batch.TokenTypeIds ?? zeros_like(ids);
        return dropout.call(LayerNorm.call(word_embeddings.call(ids) + token_type_embeddings.call(types) + position_embeddings.call(positions)));
    }
}

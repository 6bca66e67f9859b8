using Frugal.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>DistilBERT's embeddings and layers, under the names of its checkpoints.</summary>
internal sealed class DistilBertEncoder : Module
{
    private readonly DistilBertEmbeddings embeddings;
    private readonly DistilBertLayers transformer;

    public DistilBertEncoder(DistilBertConfig config) : base(nameof(DistilBertEncoder))
    {
        embeddings = new DistilBertEmbeddings(config);
        transformer = new DistilBertLayers(config);
        RegisterComponents();
    }

    /// <summary><c>[vocabulary, dim]</c>.</summary>
    public Tensor WordEmbedding => embeddings.WordEmbedding;

    /// <summary>Sines at even features, cosines at odd ones, with wavelengths from 2π to 20000π.</summary>
    public void SetSinusoidalPositions()
    {
        var table = embeddings.PositionEmbedding;
        long positions = table.shape[0], dim = table.shape[1];
        var angles = outer(arange(positions, float64), pow(10_000, arange(0, dim, 2, float64) * (-1.0 / dim)));
        table.slice(1, 0, dim, 2).copy_(angles.sin());
        table.slice(1, 1, dim, 2).copy_(angles.cos().narrow(1, 0, dim / 2));
    }

    public List<Tensor> Run(TextBatch batch)
    {
        List<Tensor> hidden = [embeddings.call(batch.InputIds)];
        long rows = hidden[0].shape[1];
        var mask = AttentionMask.Of(batch.AttentionMask, rows, rows, isCausal: false, hidden[0].dtype, hidden[0].device);
        foreach (var layer in transformer.Layers)
            hidden.Add(layer.Run(hidden[^1], mask));
        return hidden;
    }
}

/// <summary>The layers, as <c>transformer.layer.N</c>.</summary>
internal sealed class DistilBertLayers : Module
{
    private readonly ModuleList<DistilBertLayer> layer;

    public DistilBertLayers(DistilBertConfig config) : base(nameof(DistilBertLayers))
    {
        layer = ModuleList([.. Enumerable.Range(0, config.NumLayers).Select(_ => new DistilBertLayer(config))]);
        RegisterComponents();
    }

    public IEnumerable<DistilBertLayer> Layers => layer;
}

/// <summary>Word and position of each token, added and normalised: <c>[batch, tokens]</c> to <c>[batch, tokens, dim]</c>.</summary>
internal sealed class DistilBertEmbeddings : Module<Tensor, Tensor>, IBinarizable
{
    private readonly long? paddingId;
    private Module<Tensor, Tensor> word_embeddings;
    private readonly Embedding position_embeddings;
    private readonly Module<Tensor, Tensor> LayerNorm;
    private Module<Tensor, Tensor> dropout;

    public DistilBertEmbeddings(DistilBertConfig config) : base(nameof(DistilBertEmbeddings))
    {
        paddingId = config.PaddingId;
        word_embeddings = Embedding(config.VocabularySize, config.HiddenSize, config.PaddingId);
        position_embeddings = Embedding(config.MaxPositions, config.HiddenSize);
        LayerNorm = nn.LayerNorm(config.HiddenSize, DistilBertConfig.LayerNormEpsilon);
        dropout = Dropout(config.DropRate);
        RegisterComponents();
    }

    public Tensor WordEmbedding => BinaryEmbedding.WeightOf(word_embeddings);

    public string BinaryChild => "word_embeddings";

    public Module<Tensor, Tensor> ToBinary(int estimatorRank, Generator generator) => BinaryEmbedding.Like(word_embeddings, paddingId);

    public Tensor PositionEmbedding => position_embeddings.weight!;

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var positions = arange(input.shape[1], int64, input.device).unsqueeze(0);
        return dropout.call(LayerNorm.call(word_embeddings.call(input) + position_embeddings.call(positions))).MoveToOuterDisposeScope();
    }
}

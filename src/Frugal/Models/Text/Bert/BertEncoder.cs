using Frugal.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>BERT's embeddings, layers and pooler, under the names of its checkpoints.</summary>
internal sealed class BertEncoder : Module
{
    private readonly BertEmbeddings embeddings;
    private readonly BertLayers encoder;
    private readonly BertPooler? pooler;

    public BertEncoder(BertConfig config, bool hasPooler) : base(nameof(BertEncoder))
    {
        embeddings = new BertEmbeddings(config);
        encoder = new BertLayers(config);
        pooler = hasPooler ? new BertPooler(config.HiddenSize) : null;
        RegisterComponents();
    }

    /// <summary><c>[vocabulary, dim]</c>.</summary>
    public Tensor WordEmbedding => embeddings.WordEmbedding;

    /// <summary><c>[batch, dim]</c> of hidden states; null without a pooler.</summary>
    public Tensor? Pool(Tensor hidden) => pooler?.call(hidden);

    public List<Tensor> Run(TextBatch batch)
    {
        List<Tensor> hidden = [embeddings.Run(batch)];
        long rows = hidden[0].shape[1];
        var mask = AttentionMask.Of(batch.AttentionMask, rows, rows, isCausal: false, hidden[0].dtype, hidden[0].device);
        foreach (var layer in encoder.Layers)
            hidden.Add(layer.Run(hidden[^1], mask));
        return hidden;
    }
}

/// <summary>The layers, as <c>encoder.layer.N</c>.</summary>
internal sealed class BertLayers : Module
{
    private readonly ModuleList<BertLayer> layer;

    public BertLayers(BertConfig config) : base(nameof(BertLayers))
    {
        layer = ModuleList([.. Enumerable.Range(0, config.NumLayers).Select(_ => new BertLayer(config))]);
        RegisterComponents();
    }

    public IEnumerable<BertLayer> Layers => layer;
}

/// <summary>tanh of a linear layer on the first token, <c>[batch, tokens, dim]</c> to <c>[batch, dim]</c>.</summary>
internal sealed class BertPooler : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> dense;

    public BertPooler(long dim) : base(nameof(BertPooler))
    {
        dense = Linear(dim, dim);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => dense.call(input.select(1, 0)).tanh();
}

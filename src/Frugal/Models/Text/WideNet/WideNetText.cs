using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Models.Text.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>WideNet for texts with one of its heads (Xue et al. 2021).</summary>
internal sealed class WideNetText : TextModel
{
    private readonly WideNetEncoder widenet;
    private readonly WideNetPredictions? cls;
    private readonly Module<Tensor, Tensor>? dropout;
    private Module<Tensor, Tensor>? classifier, qa_outputs;

    public WideNetText(WideNetTextConfig config) : base(config)
    {
        widenet = new WideNetEncoder(config, hasPooler: Head is TextHead.None or TextHead.SequenceClassification);
        switch (Head)
        {
            case TextHead.MaskedLanguageModel:
                cls = new WideNetPredictions(config);
                break;
            case TextHead.SequenceClassification or TextHead.TokenClassification:
                dropout = Dropout(config.ClassifierDropRate);
                classifier = Linear(config.HiddenSize, NumClasses);
                break;
            case TextHead.QuestionAnswering:
                qa_outputs = Linear(config.HiddenSize, 2);
                break;
        }
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<string>> LayerGroups =>
        [EmbeddingPaths, .. widenet.BlockPaths(TextConfig.NumLayers, nameof(widenet)).Where(paths => paths.Count > 0), [$"{nameof(widenet)}.norm", .. HeadPaths]];

    internal override CheckpointLayout Layout { get; } = new("widenet.");

    protected override void InitializeSpecialWeights()
    {
        TextInitializer.ClearPadding(widenet.WordEmbedding, TextConfig.PaddingId);
        foreach (var gate in modules().OfType<ExpertGate>())
            gate.get_parameter("weight")!.normal_(0, TextConfig.InitializerRange);
    }

    protected override long NumTokenTypes => ((WideNetTextConfig)Config).NumTokenTypes;

    internal override string TokensPath => "widenet.embeddings.projection";

    protected override IReadOnlyList<string> EmbeddingPaths => ["widenet.embeddings"];

    protected override string LayersPath => "widenet.encoder";

    protected override IReadOnlyList<Tensor> Encode(TextBatch batch, KeyValueCache? cache) => widenet.Run(batch);

    protected override TextOutput Judge(TextOutput output)
    {
        var (last, pooled) = (output.Hidden[^1], widenet.Pool(output.Hidden[^1]));
        output = output with { Pooled = pooled };
        return Head switch
        {
            TextHead.MaskedLanguageModel => output with { Logits = cls!.Run(last, widenet.WordEmbedding) },
            TextHead.SequenceClassification => output with { Logits = classifier!.call(dropout!.call(pooled!)) },
            TextHead.TokenClassification => output with { Logits = Ask(classifier!, dropout!.call(last), output.Mask) },
            TextHead.QuestionAnswering => output with { Logits = Ask(qa_outputs!, last, output.Mask) },
            _ => output,
        };
    }
}

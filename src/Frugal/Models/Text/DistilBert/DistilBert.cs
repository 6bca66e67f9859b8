using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>DistilBERT with one of its heads (Sanh et al. 2019).</summary>
internal sealed class DistilBert : TextModel
{
    private readonly DistilBertEncoder distilbert;
    private readonly Module<Tensor, Tensor>? dropout, activation;
    private readonly TiedDecoder? vocab_projector;
    private Module<Tensor, Tensor>? vocab_transform, vocab_layer_norm, pre_classifier, classifier, qa_outputs;

    public DistilBert(DistilBertConfig config) : base(config)
    {
        distilbert = new DistilBertEncoder(config);
        long dim = config.HiddenSize;
        switch (Head)
        {
            case TextHead.MaskedLanguageModel:
                vocab_transform = Linear(dim, dim);
                activation = ActivationLayer.Of(config.Activation);
                vocab_layer_norm = LayerNorm(dim, DistilBertConfig.LayerNormEpsilon);
                vocab_projector = new TiedDecoder(config.VocabularySize);
                break;
            case TextHead.SequenceClassification:
                pre_classifier = Linear(dim, dim);
                dropout = Dropout(config.ClassifierDropRate);
                classifier = Linear(dim, NumClasses);
                break;
            case TextHead.TokenClassification:
                dropout = Dropout(config.DropRate);
                classifier = Linear(dim, NumClasses);
                break;
            case TextHead.QuestionAnswering:
                dropout = Dropout(config.AnswerDropRate);
                qa_outputs = Linear(dim, 2);
                break;
        }
        RegisterComponents();
    }

    internal override CheckpointLayout Layout { get; } = new("distilbert.")
    {
        Repeated = new Dictionary<string, string> { ["vocab_projector.weight"] = "distilbert.embeddings.word_embeddings.weight" },
        Ignored = new HashSet<string> { "distilbert.embeddings.position_ids" },
    };

    protected override void InitializeSpecialWeights()
    {
        var config = (DistilBertConfig)Config;
        TextInitializer.ClearPadding(distilbert.WordEmbedding, config.PaddingId);
        if (config.HasSinusoidalPositions)
            distilbert.SetSinusoidalPositions();
    }

    internal override IReadOnlyList<string> HiddenPaths => [TokensPath, .. Enumerable.Range(0, TextConfig.NumLayers).Select(i => $"{LayersPath}.{i}.output_layer_norm")];

    internal override string TokensPath => "distilbert.embeddings.dropout";

    protected override IReadOnlyList<string> EmbeddingPaths => ["distilbert.embeddings"];

    protected override string LayersPath => "distilbert.transformer.layer";

    protected override IReadOnlyList<Tensor> Encode(TextBatch batch, KeyValueCache? cache) => distilbert.Run(batch);

    protected override TextOutput Judge(TextOutput output)
    {
        var last = output.Hidden[^1];
        return Head switch
        {
            TextHead.MaskedLanguageModel => output with { Logits = vocab_projector!.call(vocab_layer_norm!.call(activation!.call(vocab_transform!.call(last))), distilbert.WordEmbedding) },
            TextHead.SequenceClassification => output with { Logits = classifier!.call(dropout!.call(pre_classifier!.call(last.select(1, 0)).relu())) },
            TextHead.TokenClassification => output with { Logits = Ask(classifier!, dropout!.call(last), output.Mask) },
            TextHead.QuestionAnswering => output with { Logits = Ask(qa_outputs!, dropout!.call(last), output.Mask) },
            _ => output,
        };
    }
}

using Frugal.Layers;
using Frugal.Models.Text.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>BERT with one of its heads (Devlin et al. 2018).</summary>
internal sealed class Bert : TextModel
{
    private readonly BertEncoder bert;
    private readonly BertPreTrainingHead? cls;
    private readonly Module<Tensor, Tensor>? dropout;
    private Module<Tensor, Tensor>? classifier, qa_outputs;

    public Bert(BertConfig config) : base(config)
    {
        bert = new BertEncoder(config, hasPooler: Head is TextHead.None or TextHead.PreTraining or TextHead.SequenceClassification);
        switch (Head)
        {
            case TextHead.PreTraining or TextHead.MaskedLanguageModel:
                cls = new BertPreTrainingHead(config, judgesNextSentence: Head == TextHead.PreTraining);
                break;
            case TextHead.SequenceClassification or TextHead.TokenClassification:
                dropout = Dropout(config.DropRate);
                classifier = Linear(config.HiddenSize, NumClasses);
                break;
            case TextHead.QuestionAnswering:
                qa_outputs = Linear(config.HiddenSize, 2);
                break;
        }
        RegisterComponents();
    }

    internal override CheckpointLayout Layout { get; } = new("bert.")
    {
        // The decoder is the word embedding; files repeat it, and its bias.
        Repeated = new Dictionary<string, string>
        {
            ["cls.predictions.decoder.weight"] = "bert.embeddings.word_embeddings.weight",
            ["cls.predictions.decoder.bias"] = "cls.predictions.bias",
        },
        Ignored = new HashSet<string> { "bert.embeddings.position_ids" },
    };

    protected override void InitializeSpecialWeights() => TextInitializer.ClearPadding(bert.WordEmbedding, ((BertConfig)Config).PaddingId);

    internal override IReadOnlyList<string> HiddenPaths => [TokensPath, .. Enumerable.Range(0, TextConfig.NumLayers).Select(i => $"{LayersPath}.{i}.output.LayerNorm")];

    internal override string JudgePath => Head == TextHead.PreTraining ? "cls.seq_relationship" : "";

    protected override long NumTokenTypes => ((BertConfig)Config).NumTokenTypes;

    internal override string TokensPath => "bert.embeddings.dropout";

    protected override IReadOnlyList<string> EmbeddingPaths => ["bert.embeddings"];

    protected override string LayersPath => "bert.encoder.layer";

    protected override IReadOnlyList<Tensor> Encode(TextBatch batch, KeyValueCache? cache) => bert.Run(batch);

    protected override TextOutput Judge(TextOutput output)
    {
        var (last, pooled) = (output.Hidden[^1], bert.Pool(output.Hidden[^1]));
        output = output with { Pooled = pooled };
        return Head switch
        {
            TextHead.PreTraining or TextHead.MaskedLanguageModel => output with
            {
                Logits = cls!.Predict(last, bert.WordEmbedding),
                NextSentenceLogits = pooled is null ? null : cls.JudgeNextSentence(pooled),
            },
            TextHead.SequenceClassification => output with { Logits = classifier!.call(dropout!.call(pooled!)) },
            TextHead.TokenClassification => output with { Logits = Ask(classifier!, dropout!.call(last), output.Mask) },
            TextHead.QuestionAnswering => output with { Logits = Ask(qa_outputs!, last, output.Mask) },
            _ => output,
        };
    }
}

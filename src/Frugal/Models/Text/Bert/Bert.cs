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

    public Bert(BertConfig config, TextHead head) : base(config, head)
    {
        bert = new BertEncoder(config, hasPooler: head is TextHead.None or TextHead.PreTraining or TextHead.SequenceClassification);
        switch (head)
        {
            case TextHead.PreTraining or TextHead.MaskedLanguageModel:
                cls = new BertPreTrainingHead(config, judgesNextSentence: head == TextHead.PreTraining);
                break;
            case TextHead.SequenceClassification or TextHead.TokenClassification:
                dropout = Dropout(config.DropRate);
                classifier = Linear(config.HiddenSize, config.NumLabels);
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

    protected override TextOutput Compute(TextBatch batch, KeyValueCache? cache)
    {
        var (hidden, pooled) = bert.Run(batch);
        var output = new TextOutput(hidden) { Pooled = pooled };
        return Head switch
        {
            TextHead.PreTraining or TextHead.MaskedLanguageModel => output with
            {
                Logits = cls!.Predict(hidden[^1], bert.WordEmbedding),
                NextSentenceLogits = pooled is null ? null : cls.JudgeNextSentence(pooled),
            },
            TextHead.SequenceClassification => output with { Logits = classifier!.call(dropout!.call(pooled!)) },
            TextHead.TokenClassification => output with { Logits = classifier!.call(dropout!.call(hidden[^1])) },
            TextHead.QuestionAnswering => output with { Logits = qa_outputs!.call(hidden[^1]) },
            _ => output,
        };
    }
}

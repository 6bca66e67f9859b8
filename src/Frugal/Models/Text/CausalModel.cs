using Frugal.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Text;

/// <summary>A decoder with one of its heads: <c>lm_head</c>, which may be the word embedding, guesses the next token, and <c>score</c> gives a class to the whole text, by what stands at its last token.</summary>
internal abstract class CausalModel : TextModel
{
    // Children are found among the fields that a model of a family has.
    private protected Module<Tensor, Tensor>? lm_head, score;
    private readonly bool tiesEmbeddings;

    /// <param name="config">What it is built from, complete.</param>
    /// <param name="tiesEmbeddings">Whether the language model's matrix is the word embedding.</param>
    protected CausalModel(TextModelConfig config, bool tiesEmbeddings) : base(config)
    {
        this.tiesEmbeddings = tiesEmbeddings;
        lm_head = Head == TextHead.CausalLanguageModel && !tiesEmbeddings ? Linear(config.HiddenSize, config.VocabularySize, hasBias: false) : null;
        score = Head == TextHead.SequenceClassification ? Linear(config.HiddenSize, NumClasses, hasBias: false) : null;
    }

    public override bool IsCausal => true;

    public override string ClassifierPath => Head == TextHead.SequenceClassification ? nameof(score) : base.ClassifierPath;

    /// <summary><c>[vocabulary, dim]</c>.</summary>
    protected abstract Tensor WordEmbedding { get; }

    /// <summary>What the file's language-model head repeats where it is the word embedding.</summary>
    /// <param name="embedding">Name of the embedding.</param>
    protected IReadOnlyDictionary<string, string> RepeatedHead(string embedding) => tiesEmbeddings ? new Dictionary<string, string> { ["lm_head.weight"] = embedding } : [];

    protected override Module<Tensor, Tensor> CreateClassifier(int numClasses) => numClasses == 0 ? Identity() : Linear(NumFeatures, numClasses, hasBias: false);

    protected override TextOutput Judge(TextOutput output)
    {
        var last = output.Hidden[^1];
        return Head switch
        {
            TextHead.CausalLanguageModel => output with { Logits = lm_head?.call(last) ?? functional.linear(last, WordEmbedding) },
            TextHead.SequenceClassification => output with { Logits = score!.call(LastOf(last, output.Mask)) },
            _ => output,
        };
    }

    // [batch, dim]: the last token has seen all others; those that fill the text up behind it count nothing.
    private static Tensor LastOf(Tensor hidden, Tensor? mask)
    {
        long tokens = hidden.shape[1];
        if (mask is null)
            return hidden.select(1, tokens - 1);
        var isToken = mask.narrow(1, mask.shape[1] - tokens, tokens).ne(0);
        var place = (arange(tokens, int64, hidden.device).unsqueeze(0) * isToken.to(int64)).argmax(-1);
        return hidden.gather(1, place.view(-1, 1, 1).expand(-1, 1, hidden.shape[2])).squeeze(1);
    }
}

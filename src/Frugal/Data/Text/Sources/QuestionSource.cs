using Frugal.Catalogue;
using Frugal.Data.Text.Augmentation;
using Frugal.Data.Text.Generated;
using Frugal.Data.Text.Questions;

namespace Frugal.Data.Text.Sources;

/// <summary>
/// Questions about short contexts, answered by a part of the context, generated from a seed and the same on every machine: nothing to download. The test questions may be of other domains than the training questions, which
/// measures what a shift costs (see <see cref="GeneratedQuestions"/>).
/// </summary>
[Entry("questions")]
public sealed class QuestionSource : TextSource
{
    /// <summary>Training questions, at least 1.</summary>
    [Range(1, 10_000_000)]
    public int Train { get; init => field = Guard.Between(value, 1, 10_000_000); } = 4000;

    /// <summary>Validation questions, in the domain, 0 for none.</summary>
    [Range(0, 10_000_000)]
    public int Validation { get; init => field = Guard.Between(value, 0, 10_000_000); } = 300;

    /// <summary>Test questions, at least 1.</summary>
    [Range(1, 10_000_000)]
    public int Test { get; init => field = Guard.Between(value, 1, 10_000_000); } = 600;

    /// <summary>Domains of the test questions.</summary>
    public QuestionDomains TestDomains { get; init; }

    /// <summary>Training questions of the other domains, behind those of the domain, so that fine-tuning can take them alone (<c>train: { examples: 4000..4100 }</c>); with changed copies there are more of them.</summary>
    [Range(0, 10_000_000)]
    public int TrainOutOfDomain { get; init => field = Guard.Between(value, 0, 10_000_000); }

    /// <summary>How changed copies of the training questions of the other domains are made; null for none.</summary>
    public EasyDataAugmentation? Eda { get; init; }

    /// <summary>Whether each of them comes once more with its context translated to German and back, word by word (<see cref="DictionaryTranslator"/>); use <see cref="BackTranslation"/> in C# for a real translator.</summary>
    public bool BackTranslates { get; init; }

    /// <summary>Share of questions that the context does not answer, 0 to 1.</summary>
    [Range(0, 1)]
    public double Impossible { get; init => field = Guard.Between(value, 0, 1); }

    /// <summary>Seed of the questions; another seed gives other ones of the same kind.</summary>
    [Range(long.MinValue, long.MaxValue)]
    public long Seed { get; init; }

    /// <inheritdoc/>
    [Range(4, 65_536)]
    public override int MaxTokens { get; init => field = Guard.Between(value, 4, 65_536); } = 128;

    /// <inheritdoc/>
    public override DataSplits Load(string? dataDir)
    {
        var made = new GeneratedQuestions { Seed = Seed, Impossible = Impossible };
        var train = made.Generate(GeneratedQuestions.InDomainNames, "train", Train);
        // The vocabulary has the words of both domains, as that of a pre-trained model has.
        var others = made.Generate(GeneratedQuestions.OutOfDomainNames, "vocabulary", Train);
        var shifted = Changed(TrainOutOfDomain == 0 ? [] : made.Generate(GeneratedQuestions.OutOfDomainNames, "train", TrainOutOfDomain));
        var tokenizer = TokenizerFor(train.Concat(others).Concat(shifted).SelectMany(question => new[] { question.Question, question.Context }));
        AnswerTokens Tokens(IReadOnlyList<QuestionAnswer> questions) => new(questions, tokenizer, MaxTokens, overlap: MaxTokens / 4);
        var testDomains = TestDomains == QuestionDomains.InDomain ? GeneratedQuestions.InDomainNames : GeneratedQuestions.OutOfDomainNames;
        return Splits("questions", Tokens([.. train, .. shifted]), Validation == 0 ? null : Tokens(made.Generate(GeneratedQuestions.InDomainNames, "validation", Validation)), Tokens(made.Generate(testDomains, "test", Test)));
    }

    private IReadOnlyList<QuestionAnswer> Changed(IReadOnlyList<QuestionAnswer> questions)
    {
        var streams = new RandomStreams(Seed);
        var translation = new BackTranslation(DictionaryTranslator.EnglishToGerman.Translate, DictionaryTranslator.GermanToEnglish.Translate);
        return
        [
            .. questions,
            .. Eda is null ? [] : questions.SelectMany((question, i) => Eda.Augment(question, streams.At("eda", i)).Select(copy => copy with { Id = $"{copy.Id}-eda" })),
            .. BackTranslates ? questions.Select(question => translation.Apply(question) with { Id = $"{question.Id}-back" }) : [],
        ];
    }
}

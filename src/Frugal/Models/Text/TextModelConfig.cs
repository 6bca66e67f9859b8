using System.Text.Json.Serialization;
using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Data.Text;

namespace Frugal.Models.Text;

/// <summary>
/// The description of a text model, with the keys of the transformers library's <c>config.json</c>, whose names differ between families; the properties are called alike.
/// </summary>
public abstract record TextModelConfig : ModelConfig
{
    private const int DefaultTokens = 128, DefaultClasses = 2;

    /// <summary>The family, e.g. <c>bert</c>.</summary>
    [JsonPropertyName("model_type")]
    public abstract string ModelType { get; }

    /// <summary>Number of tokens that there are; data that is given decides it.</summary>
    [JsonPropertyName("vocab_size")]
    [Range(1, 10_000_000)]
    public abstract long VocabularySize { get; init; }

    /// <summary>Width of a token.</summary>
    [Range(1, 65_536)]
    public abstract long HiddenSize { get; init; }

    /// <summary>Number of layers.</summary>
    [Range(0, 1000)]
    public abstract int NumLayers { get; init; }

    /// <summary>Number of attention heads.</summary>
    [Range(1, 4096)]
    public abstract long NumHeads { get; init; }

    /// <summary>Most tokens of a sequence.</summary>
    [Range(1, 10_000_000)]
    public abstract long MaxPositions { get; init; }

    /// <summary>Standard deviation of fresh weights. Default 0.02.</summary>
    [JsonPropertyName("initializer_range")]
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double InitializerRange { get; init => field = Guard.Positive(value); } = 0.02;

    /// <summary>The token that fills what a text is too short for; attention passes over it. Null for none.</summary>
    [JsonPropertyName("pad_token_id")]
    [Range(0, 10_000_000)]
    public virtual long? PaddingId { get; init => field = value is { } id ? Guard.Between(id, 0, 10_000_000) : null; }

    /// <summary>The token that ends each text of a pair: those behind the first one are of the second text, for models that tell the two apart. Null where examples are no pairs; data that is given decides it.</summary>
    [JsonPropertyName("sep_token_id")]
    [Range(0, 10_000_000)]
    public long? SeparatorId { get; init => field = value is { } id ? Guard.Between(id, 0, 10_000_000) : null; }

    /// <summary>What stands on the model; null takes what the data asks for, or nothing without data.</summary>
    public TextHead? Head { get; init; }

    /// <summary>Tokens of an example; null takes the data's, or 128 without data, or as many as there are positions if those are fewer.</summary>
    [Range(1, 10_000_000)]
    public int? Tokens { get; init => field = value is { } count ? Guard.Between(count, 1, 10_000_000) : null; }

    /// <summary>Builds the network under a head, with fresh weights, drawn from libtorch's generator (seed it through <see cref="RandomStreams.SeedTorch"/>).</summary>
    /// <exception cref="FrugalException">The family has no such head, or the options contradict each other.</exception>
    public TextModel Build(TextHead head) => (TextModel)(this with { Head = head }).Build();

    /// <inheritdoc/>
    public override ModelConfig FitTo(DataInfo data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data is not TextInfo texts)
            throw new FrugalException($"{ModelType} is a model for texts, and the data is images; choose an image model, or data with texts.");
        if (texts.Tokens > MaxPositions)
            throw new FrugalException($"{ModelType} takes at most {MaxPositions} tokens, and an example of the data has {texts.Tokens}; set the data's max-tokens to at most {MaxPositions}, or max-positions to at least {texts.Tokens}.");
        return this with
        {
            VocabularySize = texts.VocabularySize,
            PaddingId = texts.PaddingId ?? PaddingId,
            SeparatorId = texts.SeparatorId ?? SeparatorId,
            Head = Head ?? HeadFor(texts.Task),
            Tokens = Tokens ?? texts.Tokens,
            NumClasses = NumClasses ?? texts.NumClasses,
        };
    }

    /// <inheritdoc/>
    public override ModelConfig Complete() => this with
    {
        Head = Head ?? TextHead.None,
        Tokens = Tokens ?? (int)Math.Min(DefaultTokens, MaxPositions),
        NumClasses = NumClasses ?? DefaultClasses,
    };

    /// <inheritdoc/>
    public override double LeastParameters => (double)HiddenSize * (VocabularySize + 2.0 * NumLayers * HiddenSize);

    /// <summary>What the data is like that the model is for; null where its head asks for nothing that data has.</summary>
    /// <param name="classNames">Names of the classes; numbered where they are not so many as there are classes.</param>
    internal TextInfo? DataInfo(IReadOnlyList<string> classNames)
    {
        var complete = (TextModelConfig)Complete();
        if (TaskOf(complete.Head!.Value) is not { } task)
            return null;
        int classes = task is TextTask.SequenceClassification or TextTask.TokenClassification ? complete.NumClasses!.Value : 0;
        return new TextInfo(task, (int)VocabularySize, complete.Tokens!.Value, (int?)PaddingId, classNames.Count == classes ? classNames : [.. Enumerable.Range(0, classes).Select(label => $"{label}")]);
    }

    /// <summary>The heads that the family has.</summary>
    public abstract IReadOnlyList<TextHead> Heads { get; }

    /// <summary>Width of a head.</summary>
    /// <exception cref="FrugalException">The heads do not divide the width.</exception>
    internal long EvenHeadDim => HiddenSize % NumHeads == 0
        ? HiddenSize / NumHeads
        : throw new FrugalException($"{ModelType}: {NumHeads} heads do not divide a width of {HiddenSize} evenly");

    /// <summary>Makes the network of a complete description whose head the family has.</summary>
    private protected abstract TextModel CreateText();

    /// <inheritdoc/>
    protected sealed override Model Create()
    {
        if (!Heads.Contains(Head!.Value))
            throw new FrugalException($"{ModelType} has no head for {Head}; it has {string.Join(", ", Heads)}.");
        return CreateText().WithFreshWeights();
    }

    private static TextHead HeadFor(TextTask task) => Enum.GetValues<TextHead>().First(head => TaskOf(head) == task);

    private static TextTask? TaskOf(TextHead head) => head switch
    {
        TextHead.SequenceClassification => TextTask.SequenceClassification,
        TextHead.TokenClassification => TextTask.TokenClassification,
        TextHead.MaskedLanguageModel => TextTask.MaskedLanguageModel,
        TextHead.QuestionAnswering => TextTask.QuestionAnswering,
        TextHead.CausalLanguageModel => TextTask.CausalLanguageModel,
        _ => null,
    };
}

using Frugal.Catalogue;
using Frugal.Data.Text.Generated;

namespace Frugal.Data.Text.Sources;

/// <summary>
/// Sentences with an opinion, negative or positive, generated from a seed and the same on every machine: nothing to download. Denied words and contrasts turn the meaning, so that counting words is not enough
/// (see <see cref="GeneratedOpinions"/>).
/// </summary>
[Entry("opinions")]
public sealed class Opinions : TextSource
{
    /// <summary>Training sentences, at least 1.</summary>
    [Range(1, 10_000_000)]
    public int Train { get; init => field = Guard.Between(value, 1, 10_000_000); } = 4000;

    /// <summary>Validation sentences, 0 for none.</summary>
    [Range(0, 10_000_000)]
    public int Validation { get; init => field = Guard.Between(value, 0, 10_000_000); } = 500;

    /// <summary>Test sentences, at least 1.</summary>
    [Range(1, 10_000_000)]
    public int Test { get; init => field = Guard.Between(value, 1, 10_000_000); } = 1000;

    /// <summary>Seed of the sentences; another seed gives other ones of the same kind.</summary>
    [Range(long.MinValue, long.MaxValue)]
    public long Seed { get; init; }

    /// <summary>Share of clauses that deny their word, 0 to 1.</summary>
    [Range(0, 1)]
    public double Negation { get; init => field = Guard.Between(value, 0, 1); } = 0.25;

    /// <summary>Share of sentences with a second clause of the opposite opinion, 0 to 1.</summary>
    [Range(0, 1)]
    public double Contrast { get; init => field = Guard.Between(value, 0, 1); } = 0.3;

    /// <inheritdoc/>
    [Range(4, 65_536)]
    public override int MaxTokens { get; init => field = Guard.Between(value, 4, 65_536); } = 32;

    /// <inheritdoc/>
    public override DataSplits Load(string? dataDir)
    {
        var made = new GeneratedOpinions { Seed = Seed, Negation = Negation, Contrast = Contrast };
        var train = made.Generate("train", Train);
        var tokenizer = TokenizerFor(train.Select(text => text.Text));
        LabelledTokens Tokens(IReadOnlyList<LabelledText> texts) => new(texts, ["negative", "positive"], tokenizer, MaxTokens);
        return Splits("opinions", Tokens(train), Validation == 0 ? null : Tokens(made.Generate("validation", Validation)), Tokens(made.Generate("test", Test)));
    }
}

using Frugal.Catalogue;
using Frugal.Data.Text.Questions;

namespace Frugal.Data.Text.Sources;

/// <summary>
/// SQuAD (Rajpurkar et al. 2016 and 2018): questions about paragraphs of Wikipedia, answered by a part of the paragraph or, in version 2, perhaps not at all. The official dev file is the test set.
/// </summary>
[Entry("squad")]
public sealed class Squad : TextSource
{
    private static readonly string[] versions = ["v1.1", "v2.0"];

    /// <summary>Share of the training questions held out for validation, the same ones every time, at least 0 and below 1.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Validation { get; init => field = Guard.Fraction(value); }

    /// <summary>Tokens that two parts of a long paragraph share.</summary>
    [Range(0, 65_536)]
    public int Overlap { get; init => field = Guard.Between(value, 0, 65_536); } = 128;

    /// <inheritdoc/>
    [Range(4, 65_536)]
    public override int MaxTokens { get; init => field = Guard.Between(value, 4, 65_536); } = 384;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => ["squad", "SQuAD"];

    /// <inheritdoc/>
    public override bool IsIn(string folder) => VersionIn(folder) is not null;

    /// <inheritdoc/>
    public override DataSplits Load(string? dataDir)
    {
        string folder = DataFolder.Require(this, "squad", "train-v1.1.json and dev-v1.1.json, or those of v2.0", dataDir);
        string version = VersionIn(folder)!;
        var train = SquadFile.Read(Path.Combine(folder, $"train-{version}.json"));
        var tokenizer = TokenizerFor(train.SelectMany(question => new[] { question.Question, question.Context }));
        var tokens = new AnswerTokens(train, tokenizer, MaxTokens, Overlap);
        var (remaining, heldOut) = tokens.HoldOut(Validation);
        return Splits("squad", tokens, heldOut, new AnswerTokens(SquadFile.Read(Path.Combine(folder, $"dev-{version}.json")), tokenizer, MaxTokens, Overlap), remaining);
    }

    private static string? VersionIn(string folder) =>
        versions.FirstOrDefault(version => File.Exists(Path.Combine(folder, $"train-{version}.json")) && File.Exists(Path.Combine(folder, $"dev-{version}.json")));
}

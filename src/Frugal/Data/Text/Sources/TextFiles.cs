using Frugal.Catalogue;

namespace Frugal.Data.Text.Sources;

/// <summary>Plain text for language models, cut into blocks: a file for training and one for testing, or one whose last part is for testing.</summary>
[Entry("text")]
public sealed class TextFiles : TextSource
{
    /// <summary>The training text, a name in the data folder or in its folder <c>text</c>.</summary>
    [Shorthand]
    public string Train { get; init; } = "train.txt";

    /// <summary>The test text; null takes the last tenth of the training text.</summary>
    public string? Test { get; init; }

    /// <summary>Share of the training blocks held out for validation, the same ones every time, at least 0 and below 1.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Validation { get; init => field = Guard.Fraction(value); }

    /// <summary>What is asked.</summary>
    public LanguageModelling Task { get; init; }

    /// <inheritdoc/>
    [Range(4, 65_536)]
    public override int MaxTokens { get; init => field = Guard.Between(value, 4, 65_536); } = 128;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => ["text"];

    /// <inheritdoc/>
    public override bool IsIn(string folder) => File.Exists(Path.Combine(folder, Train)) && (Test is null || File.Exists(Path.Combine(folder, Test)));

    /// <inheritdoc/>
    public override DataSplits Load(string? dataDir)
    {
        string folder = DataFolder.Require(this, "text", Test is null ? Train : $"{Train} and {Test}", dataDir);
        string train = PlainText.Read(Path.Combine(folder, Train));
        string test;
        if (Test is null)
        {
            int cut = train.LastIndexOf(' ', train.Length - 1 - train.Length / 10);
            (train, test) = cut > 0 ? (train[..cut], train[cut..]) : throw new FrugalException($"{Path.Combine(folder, Train)} is too short to be cut into a training and a test part; name a `test` file.");
        }
        else
        {
            test = PlainText.Read(Path.Combine(folder, Test));
        }
        var tokenizer = TokenizerFor([train]);
        TokenDataset Tokens(string text) => Task == LanguageModelling.Causal ? new CausalTokens(text, tokenizer, MaxTokens) : new MaskedTokens(text, tokenizer, MaxTokens);
        var tokens = Tokens(train);
        var (remaining, heldOut) = tokens.HoldOut(Validation);
        return Splits("text", tokens, heldOut, Tokens(test), remaining);
    }
}

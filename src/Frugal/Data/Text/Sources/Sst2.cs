using Frugal.Catalogue;

namespace Frugal.Data.Text.Sources;

/// <summary>SST-2 (Socher et al. 2013): sentences of film reviews, negative or positive, as <c>train.tsv</c> and <c>dev.tsv</c>, with <c>test.tsv</c> where that has classes (GLUE's has none: its dev set is the test set then).</summary>
[Entry("sst2")]
public sealed class Sst2 : TextSource
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Folders => ["sst2", "SST-2"];

    /// <inheritdoc/>
    public override bool IsIn(string folder) => LabelledTextFolder.IsIn(folder);

    /// <inheritdoc/>
    public override DataSplits Load(string? dataDir)
    {
        var texts = LabelledTextFolder.Read(DataFolder.Require(this, "sst2", "train.tsv and dev.tsv", dataDir));
        var tokenizer = TokenizerFor(texts.Train.Select(text => text.Text));
        LabelledTokens Tokens(IReadOnlyList<LabelledText> part) => new(part, ["negative", "positive"], tokenizer, MaxTokens);
        return Splits("sst2", Tokens(texts.Train), texts.Validation is { } validation ? Tokens(validation) : null, Tokens(texts.Test));
    }
}

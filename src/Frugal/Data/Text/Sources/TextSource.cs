using Frugal.Catalogue;
using Frugal.Data.Text.Tokenizers;

namespace Frugal.Data.Text.Sources;

/// <summary>Texts, with what makes tokens of them: the tokenizer of a model that is to go on learning, or one whose tokens are the most frequent words of the training texts.</summary>
public abstract class TextSource : DataSource
{
    /// <summary>Folder with a tokenizer's files, e.g. that of a downloaded model; null makes one of whole words from the training texts.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Most tokens of a tokenizer that is made, 6 or more: frequent words first, the others are unknown.</summary>
    [Range(6, 1_000_000)]
    public int VocabularySize { get; init => field = Guard.Between(value, 6, 1_000_000); } = 10_000;

    /// <summary>Tokens of an example, special ones included: longer texts are cut, shorter ones filled with padding.</summary>
    [Range(4, 65_536)]
    public virtual int MaxTokens { get; init => field = Guard.Between(value, 4, 65_536); } = 64;

    /// <summary>The tokenizer.</summary>
    /// <param name="corpus">The training texts.</param>
    protected Tokenizer TokenizerFor(IEnumerable<string> corpus) => Tokenizer is { } folder ? TokenizerFolder.Load(folder) : WordVocabulary.Build(corpus, VocabularySize);

    /// <summary>The splits, with a hash of every token.</summary>
    protected DataSplits Splits(string name, TokenDataset train, Dataset? validation, TokenDataset test, Dataset? remaining = null)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        return new DataSplits(remaining ?? train, validation, test, Fingerprint.Of(name, MaxTokens, train.Hash(), remaining?.Count ?? train.Count, (validation as TokenDataset)?.Hash() ?? "", test.Hash()));
    }
}

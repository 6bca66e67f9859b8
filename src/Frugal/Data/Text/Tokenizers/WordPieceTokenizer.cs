using System.Text;
using Microsoft.ML.Tokenizers;
using Pieces = Microsoft.ML.Tokenizers.WordPieceTokenizer;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>
/// BERT's tokenizer (Devlin et al. 2019): words as <c>google-research/bert</c> cuts them, then the longest piece of the vocabulary from the left, again and again. The pieces are found by
/// Microsoft.ML.Tokenizers; its own BertTokenizer is not used, for it leaves out symbols such as <c>=</c> and <c>$</c>, does not cut at tabs, and strips no accents where globalisation is invariant.
/// </summary>
public sealed class WordPieceTokenizer : Tokenizer
{
    internal const string Continuing = "##";
    private const int LongestWord = 1000;
    private readonly Pieces pieces;
    private readonly Vocabulary vocabulary;
    private readonly int maxWordLength = 100;

    /// <param name="vocabulary">The tokens in the order of their ids; pieces inside a word begin with <c>##</c>.</param>
    /// <param name="special">The names of the special tokens; BERT's when null. Those of them that the vocabulary has are found in a text as they stand.</param>
    /// <param name="template">The form of texts; BERT's when null.</param>
    /// <param name="added">Further tokens that are found in a text as it stands, in the vocabulary or with ids beyond it.</param>
    /// <exception cref="FrugalException">A token is there twice, has a line break in it, or the unknown, first or last token is missing.</exception>
    public WordPieceTokenizer(IReadOnlyList<string> vocabulary, SpecialTokens? special = null, EncodingTemplate? template = null, IReadOnlyList<AddedToken>? added = null)
        : this(new Vocabulary(vocabulary, "the vocabulary"), special ?? SpecialTokens.Bert, template, added ?? [])
    {
    }

    internal WordPieceTokenizer(Vocabulary vocabulary, SpecialTokens special, EncodingTemplate? template, IReadOnlyList<AddedToken> added)
        : base(special, template ?? EncodingTemplate.Bert(special.Classify ?? "[CLS]", special.Separator ?? "[SEP]"), vocabulary.WithSpecials(special, added))
    {
        this.vocabulary = vocabulary.With(Added);
        string unknown = special.Unknown ?? throw new FrugalException("A WordPiece tokenizer needs an unknown token.");
        this.vocabulary.Require([unknown, .. Template.Specials]);
        if (vocabulary.Tokens.FirstOrDefault(token => token.AsSpan().IndexOfAny('\r', '\n') >= 0) is { } broken)
            throw new FrugalException($"The token {Interop.Refusal.Quote(broken)} of {vocabulary.Source} has a line break, which no vocab.txt can hold.");
        using var lines = new MemoryStream(Encoding.UTF8.GetBytes(VocabularyFile.Text(vocabulary.Tokens)));
        pieces = Pieces.Create(lines, new WordPieceOptions { UnknownToken = unknown, ContinuingSubwordPrefix = Continuing, MaxInputCharsPerWord = 2 * LongestWord });
    }

    /// <summary>Whether letters are lower-cased. Default true.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>Whether accents are taken off letters; as <see cref="LowerCase"/> when null, the default.</summary>
    public bool? StripAccents { get; init; }

    /// <summary>Whether each Chinese character is a word of its own. Default true.</summary>
    public bool SplitIdeographs { get; init; } = true;

    /// <summary>Most characters (code points) of a word; a longer one is unknown as a whole. 1 to 1,000, default 100.</summary>
    public int MaxWordLength { get => maxWordLength; init => maxWordLength = Guard.Between(value, 1, LongestWord); }

    /// <summary>The tokens in the order of their ids, without those beyond.</summary>
    public IReadOnlyList<string> Tokens => vocabulary.Tokens;

    /// <inheritdoc/>
    public override int VocabularySize => vocabulary.Size;

    /// <inheritdoc/>
    public override int? IdOf(string? token) => vocabulary.IdOf(token);

    /// <inheritdoc/>
    public override string TokenOf(int id) => vocabulary.TokenOf(id);

    /// <inheritdoc/>
    public override void Save(string folder) => WordPieceFiles.Write(this, folder);

    /// <inheritdoc/>
    protected override void TokenizePlain(string text, int offset, List<Token> tokens)
    {
        foreach (var word in new BertWords(LowerCase, StripAccents ?? LowerCase, SplitIdeographs).Of(text))
        {
            if (word.Length > MaxWordLength)
            {
                tokens.Add(new Token(UnknownId!.Value, offset + word[0].Start, offset + word[^1].End));
                continue;
            }
            var place = Spelled(word, out string spelled);
            foreach (var piece in pieces.EncodeToTokens(spelled, out _, considerPreTokenization: false, considerNormalization: false))
                tokens.Add(new Token(piece.Id, offset + place[piece.Offset.Start.Value].Start, offset + place[piece.Offset.End.Value - 1].End));
        }
    }

    /// <inheritdoc/>
    protected override string DecodeAll(IReadOnlyList<int> ids)
    {
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            string token = TokenOf(id);
            if (text.Length > 0 && token.StartsWith(Continuing, StringComparison.Ordinal))
                text.Append(token, Continuing.Length, token.Length - Continuing.Length);
            else
                text.Append(text.Length > 0 ? " " : "").Append(token);
        }
        // As the transformers library tidies what it decodes.
        return text.Replace(" .", ".").Replace(" ?", "?").Replace(" !", "!").Replace(" ,", ",").Replace(" ' ", "'").Replace(" n't", "n't").Replace(" 'm", "'m")
            .Replace(" 's", "'s").Replace(" 've", "'ve").Replace(" 're", "'re").ToString();
    }

    /// <summary>The word as a string, and for each of its UTF-16 units the character that it is of.</summary>
    private static PlacedRune[] Spelled(PlacedRune[] word, out string spelled)
    {
        var units = new StringBuilder(word.Length);
        var place = new List<PlacedRune>(word.Length);
        foreach (var placed in word)
        {
            units.Append(placed.Rune.ToString());
            for (int i = 0; i < placed.Rune.Utf16SequenceLength; i++)
                place.Add(placed);
        }
        spelled = units.ToString();
        return [.. place];
    }
}

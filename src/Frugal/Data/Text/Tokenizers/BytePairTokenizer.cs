using System.Text;
using Frugal.Interop;
using Microsoft.ML.Tokenizers;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>
/// Byte-level byte-pair encoding (Radford et al. 2019), as GPT-2, RoBERTa and LLaMA 3 have it: words by a pattern, their UTF-8 bytes merged pair by pair in the order of the merges. No text is unknown, and decoding gives it back.
/// The merging is Microsoft.ML.Tokenizers'; words and places are found here, for it takes characters of four bytes for two.
/// </summary>
public sealed class BytePairTokenizer : Tokenizer
{
    private readonly Vocabulary vocabulary;
    private readonly BpeTokenizer merging;
    private readonly WordPattern pattern = new(WordPattern.Gpt2);

    /// <param name="tokens">The tokens in the order of their ids, bytes written as GPT-2 does.</param>
    /// <param name="merges">Pairs in the order in which they are merged.</param>
    /// <param name="special">The names of the tokens with a role.</param>
    /// <param name="template">The form of texts; no special tokens when null, as GPT-2.</param>
    /// <param name="added">Further tokens that are found in a text as it stands, in the vocabulary or with ids beyond it.</param>
    /// <exception cref="FrugalException">A token is there twice, a byte has none, a merge makes no token, or the form's special tokens are missing.</exception>
    public BytePairTokenizer(
        IReadOnlyList<string> tokens, IReadOnlyList<(string Left, string Right)> merges, SpecialTokens? special = null, EncodingTemplate? template = null, IReadOnlyList<AddedToken>? added = null)
        : this(new Vocabulary(tokens, "the vocabulary"), merges, special ?? new SpecialTokens(), template ?? EncodingTemplate.Around(null, null), added ?? [])
    {
    }

    internal BytePairTokenizer(Vocabulary vocabulary, IReadOnlyList<(string Left, string Right)> merges, SpecialTokens special, EncodingTemplate template, IReadOnlyList<AddedToken> added)
        : base(special, template, vocabulary.WithSpecials(special, added))
    {
        ArgumentNullException.ThrowIfNull(merges);
        this.vocabulary = vocabulary.With(Added);
        this.vocabulary.Require(template.Specials);
        if (ByteCharacters.All.Any(character => vocabulary.IdOf(character.ToString()) is null))
            throw new FrugalException($"{vocabulary.Source} lacks a token for the byte 0x{ByteCharacters.All.Index().First(entry => vocabulary.IdOf(entry.Item.ToString()) is null).Index:X2}; a byte-level vocabulary has one for each.");
        var seen = new HashSet<(string, string)>();
        foreach (var (i, (left, right)) in merges.Index())
        {
            if (new[] { left, right, left + right }.FirstOrDefault(token => vocabulary.IdOf(token) is null) is { } missing)
                throw new FrugalException($"Merge {i + 1}, {Refusal.Quote($"{left} {right}")}, needs the token {Refusal.Quote(missing)}, which {vocabulary.Source} lacks.");
            if (!seen.Add((left, right)))
                throw new FrugalException($"Merge {i + 1}, {Refusal.Quote($"{left} {right}")}, is there twice.");
        }
        Merges = merges;
        merging = BpeTokenizer.Create(new BpeOptions(vocabulary.Tokens.Select((token, id) => KeyValuePair.Create(token, id)))
        {
            Merges = merges.Select(merge => $"{merge.Left} {merge.Right}"),
            ByteLevel = true,
        });
    }

    /// <summary>Pairs in the order in which they are merged.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    /// <summary>The regular expression that finds words; what it leaves out is a word too. GPT-2's by default.</summary>
    /// <exception cref="FrugalException">It is none that .NET reads.</exception>
    public string Pattern { get => pattern.Pattern; init => pattern = new WordPattern(value); }

    /// <summary>Whether a space is put before a text that begins without one. Default false.</summary>
    public bool AddPrefixSpace { get; init; }

    /// <summary>Whether a word that is a token as a whole is taken as it is, whatever the merges make of it; LLaMA 3 does so. Default false.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>The tokens in the order of their ids, without those beyond.</summary>
    public IReadOnlyList<string> Tokens => vocabulary.Tokens;

    /// <inheritdoc/>
    public override int VocabularySize => vocabulary.Size;

    /// <inheritdoc/>
    public override int? IdOf(string? token) => vocabulary.IdOf(token);

    /// <inheritdoc/>
    public override string TokenOf(int id) => vocabulary.TokenOf(id);

    /// <inheritdoc/>
    public override void Save(string folder) => BytePairFiles.Write(this, folder);

    /// <inheritdoc/>
    protected override void TokenizePlain(string text, int offset, List<Token> tokens)
    {
        int least = offset;
        if (AddPrefixSpace && text[0] != ' ')
            (text, offset) = (' ' + text, offset - 1);
        foreach (var (start, end) in pattern.Cut(text))
            TokenizeWord(text[start..end], offset + start, least, tokens);
    }

    /// <inheritdoc/>
    protected override string DecodeAll(IReadOnlyList<int> ids)
    {
        var bytes = new List<byte>();
        foreach (int id in ids)
            bytes.AddRange((AddedWithId(id) is null ? ByteCharacters.BytesOf(TokenOf(id)) : null) ?? Encoding.UTF8.GetBytes(TokenOf(id)));
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private void TokenizeWord(string word, int offset, int least, List<Token> tokens)
    {
        var places = new List<(int Start, int End)>(word.Length);
        var valid = new StringBuilder(word.Length);
        for (int at = 0; at < word.Length;)
        {
            // A surrogate without its partner decodes to the replacement character.
            Rune.DecodeFromUtf16(word.AsSpan(at), out var rune, out int length);
            valid.Append(rune.ToString());
            for (int i = 0; i < rune.Utf8SequenceLength; i++)
                places.Add((Math.Max(least, offset + at), offset + at + length));
            at += length;
        }
        word = valid.ToString();
        if (IgnoreMerges && vocabulary.IdOf(ByteCharacters.Of(word)) is { } whole)
            tokens.Add(Placed(whole, word[0] == ' ', 0, places.Count, places));
        else
        {
            int start = 0;
            foreach (int id in merging.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false))
            {
                int count = vocabulary.TokenOf(id).Length;
                tokens.Add(Placed(id, start == 0 && word[0] == ' ', start, start + count, places));
                start += count;
            }
        }
    }

    // The space that a word begins with is not part of its place, so that answers begin with their first letter.
    private static Token Placed(int id, bool hasSpace, int start, int end, List<(int Start, int End)> places) =>
        new(id, places[hasSpace && end - start > 1 ? start + 1 : start].Start, places[end - 1].End);
}

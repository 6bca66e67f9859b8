using System.Text;
using Frugal.Interop;
using Search = Microsoft.ML.Tokenizers.SentencePieceTokenizer;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>
/// A SentencePiece model (Kudo and Richardson 2018), BPE or unigram, that leaves text as it is but for spaces, as LLaMA's. The pieces are found by Microsoft.ML.Tokenizers; spaces and places are
/// dealt with here. Each part of a text between special tokens gets a space before it, as the transformers library does by default.
/// </summary>
public sealed class SentencePieceTokenizer : Tokenizer
{
    private const char Space = '\u2581';
    private readonly SentencePieceModel model;
    private readonly Vocabulary vocabulary;
    private readonly Search search;

    internal SentencePieceTokenizer(SentencePieceModel model, SpecialTokens special, EncodingTemplate template, IReadOnlyList<AddedToken> added)
        : base(special, template, [.. added, .. model.Added.Where(token => added.All(other => other.Id != token.Id))])
    {
        this.model = model;
        vocabulary = new Vocabulary(model.Tokens, model.Source).With(Added);
        vocabulary.Require(template.Specials);
        try
        {
            using var stream = new MemoryStream(model.Bytes);
            search = Search.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or NotSupportedException or KeyNotFoundException or IndexOutOfRangeException or IOException)
        {
            throw new FrugalException($"{model.Source} is no SentencePiece model that can be used: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public override int VocabularySize => vocabulary.Size;

    /// <inheritdoc/>
    public override int? IdOf(string? token) => vocabulary.IdOf(token);

    /// <inheritdoc/>
    public override string TokenOf(int id) => vocabulary.TokenOf(id);

    /// <inheritdoc/>
    public override void Save(string folder)
    {
        OutputFolder.Create(folder);
        AtomicFile.Write(Path.Combine(folder, TokenizerFiles.SentencePieces[0]), stream => stream.Write(model.Bytes));
        TokenizerFiles.Write(Path.Combine(folder, TokenizerFiles.Config), TokenizerConfig.Of(this, "LlamaTokenizer") with
        {
            ClsToken = null,
            SepToken = null,
            AddBosToken = Template.Single[0].Special is not null,
            AddEosToken = Template.Single[^1].Special is not null,
        });
    }

    /// <summary>Reads a model with what the configuration says; LLaMA's form, a beginning but no end, where it says nothing.</summary>
    /// <exception cref="FrugalException">The file is damaged, or they do not belong together.</exception>
    internal static SentencePieceTokenizer Read(string path, TokenizerConfig config, IReadOnlyList<AddedToken> added)
    {
        var model = SentencePieceModel.Parse(Files.WholeFile.Read(path), path);
        var (own, told) = (model.Special, config.Special);
        var special = new SpecialTokens
        {
            Padding = told.Padding ?? own.Padding,
            Unknown = told.Unknown ?? own.Unknown,
            Classify = told.Classify ?? own.Classify,
            Separator = told.Separator ?? own.Separator,
            Mask = told.Mask,
        };
        return new(model, special, EncodingTemplate.Around(config.AddBosToken ?? true ? special.Classify : null, config.AddEosToken ?? false ? special.Separator : null), added);
    }

    /// <inheritdoc/>
    protected override void TokenizePlain(string text, int offset, List<Token> tokens)
    {
        var places = new List<(int Start, int End)>();
        string spaced = WithSpaces(text, offset, places);
        int at = 0, bytes = 0;
        foreach (var piece in search.EncodeToTokens(spaced, out _, addBeginningOfSentence: false, addEndOfSentence: false, considerPreTokenization: false, considerNormalization: false))
        {
            string token = vocabulary.TokenOf(piece.Id);
            int end = piece.Id == UnknownId ? piece.Offset.End.Value : at + token.Length;
            if (at >= spaced.Length || (!IsByte(token) && (end <= at || end > spaced.Length)))
                throw new FrugalException($"The pieces that {model.Source} gives for a text do not make it up; the file is damaged.");
            if (IsByte(token))
            {
                Rune.DecodeFromUtf16(spaced.AsSpan(at), out var rune, out int length);
                tokens.Add(new Token(piece.Id, places[at].Start, places[at + length - 1].End));
                if (++bytes == rune.Utf8SequenceLength)
                    (at, bytes) = (at + length, 0);
                continue;
            }
            int first = spaced[at] == Space && end - at > 1 ? at + 1 : at;
            tokens.Add(new Token(piece.Id, places[first].Start, places[end - 1].End));
            at = end;
        }
    }

    /// <inheritdoc/>
    protected override string DecodeAll(IReadOnlyList<int> ids)
    {
        var bytes = new List<byte>();
        foreach (int id in ids)
        {
            string token = TokenOf(id);
            if (IsByte(token) && AddedWithId(id) is null)
                bytes.Add(Convert.ToByte(token[3..5], 16));
            else
                bytes.AddRange(Encoding.UTF8.GetBytes(AddedWithId(id) is null ? token.Replace(Space, ' ') : token));
        }
        string text = Encoding.UTF8.GetString([.. bytes]);
        return model.AddsPrefix && text.StartsWith(' ') ? text[1..] : text;
    }

    private string WithSpaces(string text, int offset, List<(int Start, int End)> places)
    {
        var spaced = new StringBuilder(text.Length + 1);
        if (model.DropsExtraSpaces)
        {
            int end = text.AsSpan().TrimEnd(' ').Length;
            offset += text.Length - text.AsSpan().TrimStart(' ').Length;
            text = text[..end].TrimStart(' ');
        }
        if (model.AddsPrefix && text.Length > 0)
            Add(Space, offset, offset);
        for (int i = 0; i < text.Length; i++)
        {
            if (!model.DropsExtraSpaces || text[i] != ' ' || text[i - 1] != ' ')
                Add(text[i] == ' ' ? Space : IsLone(text, i) ? '\uFFFD' : text[i], offset + i, offset + i + 1);
        }
        return spaced.ToString();

        void Add(char unit, int start, int end)
        {
            spaced.Append(unit);
            places.Add((start, end));
        }
    }

    // A surrogate without its partner has no UTF-8.
    private static bool IsLone(string text, int index) => char.IsSurrogate(text[index])
        && !(index + 1 < text.Length && char.IsSurrogatePair(text, index)) && !(index > 0 && char.IsSurrogatePair(text, index - 1));

    private static bool IsByte(string token) => token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>' && char.IsAsciiHexDigit(token[3]) && char.IsAsciiHexDigit(token[4]);
}

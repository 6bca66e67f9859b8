namespace Frugal.Data.Text.Tokenizers;

/// <summary>
/// Turns text into the numbers that a text model takes, and back. <see cref="TokenizerFolder"/> reads one from a downloaded model's folder. Special tokens that stand in a text literally are found
/// before anything else, as the transformers library does. Safe to use from several threads.
/// </summary>
public abstract class Tokenizer
{
    // Models round their vocabularies up to a multiple, or keep rows for tokens to come.
    private const int SpareRows = 1024;

    private readonly AddedTokens added;

    /// <param name="special">What the tokens with a role are called.</param>
    /// <param name="template">The form in which texts are given to the model.</param>
    /// <param name="added">Tokens that are found in the text as it stands; should have those of <paramref name="special"/> and <paramref name="template"/>.</param>
    /// <exception cref="FrugalException">The tokens contradict each other, or the form does not hold each text once.</exception>
    protected Tokenizer(SpecialTokens special, EncodingTemplate template, IReadOnlyList<AddedToken> added)
    {
        ArgumentNullException.ThrowIfNull(special);
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(added);
        template.For(1);
        template.For(2);
        Special = special;
        Template = template;
        this.added = new AddedTokens(added);
    }

    /// <summary>What the tokens with a role are called.</summary>
    public SpecialTokens Special { get; }

    /// <summary>The form in which texts are given to the model.</summary>
    public EncodingTemplate Template { get; }

    /// <summary>Tokens that are found in the text as it stands.</summary>
    public IReadOnlyList<AddedToken> Added => added.All;

    /// <summary>The highest id that can occur, plus one: a model needs at least as many rows.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>Id that fills the rows of a batch, or null.</summary>
    public int? PaddingId => IdOf(Special.Padding);

    /// <summary>Id for what the vocabulary lacks, or null where that cannot occur.</summary>
    public int? UnknownId => IdOf(Special.Unknown);

    /// <summary>Id that begins a text (<c>[CLS]</c>, beginning of sequence), or null.</summary>
    public int? ClassifyId => IdOf(Special.Classify);

    /// <summary>Id that ends a text (<c>[SEP]</c>, end of sequence), or null.</summary>
    public int? SeparatorId => IdOf(Special.Separator);

    /// <summary>Id of a token to be guessed, or null.</summary>
    public int? MaskId => IdOf(Special.Mask);

    /// <summary>The id of a token, or null where there is none of that text.</summary>
    public abstract int? IdOf(string? token);

    /// <summary>The text of a token as the vocabulary has it.</summary>
    /// <exception cref="FrugalException">No token has this id.</exception>
    public abstract string TokenOf(int id);

    /// <summary>Writes the files that <see cref="TokenizerFolder.Load"/> and the transformers library read.</summary>
    /// <param name="folder">Made if it is missing; files that are there already are replaced.</param>
    /// <exception cref="FrugalException">A file cannot be written.</exception>
    public abstract void Save(string folder);

    /// <summary>The tokens of a text with their places, without any that its form adds.</summary>
    public IReadOnlyList<Token> Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = new List<Token>();
        foreach (var (start, end, token) in added.Cut(text))
        {
            if (token is not null)
                tokens.Add(new Token(token.Id, start, end));
            else
                TokenizePlain(start == 0 && end == text.Length ? text : text[start..end], start, tokens);
        }
        return tokens;
    }

    /// <summary>The ids of a text, without any that its form adds.</summary>
    public IReadOnlyList<int> Encode(string text) => [.. Tokenize(text).Select(token => token.Id)];

    /// <summary>One text in its form; its end is cut off where it is too long.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">Most tokens, special ones included; no limit when null.</param>
    /// <exception cref="FrugalException">There is no room even for the special tokens.</exception>
    public EncodedText EncodeOne(string text, int? maxLength = null)
    {
        var tokens = Tokenize(text);
        var form = Template.For(1);
        return Fill(form, tokens.Take(Room(form, maxLength)), []);
    }

    /// <summary>Two texts in their form.</summary>
    /// <param name="first">The first: the question.</param>
    /// <param name="second">The second: the context.</param>
    /// <param name="maxLength">Most tokens, special ones included; no limit when null.</param>
    /// <param name="truncation">Which text is cut where they are too long.</param>
    /// <exception cref="FrugalException">The one that may be cut is too short for that, or none may be.</exception>
    public EncodedText EncodePair(string first, string second, int? maxLength = null, Truncation truncation = Truncation.LongestFirst)
    {
        var (a, b) = (Tokenize(first), Tokenize(second));
        var form = Template.For(2);
        var (keptOfA, keptOfB) = PairLengths.Of(a.Count, b.Count, Room(form, maxLength), truncation);
        return Fill(form, a.Take(keptOfA), b.Take(keptOfB));
    }

    /// <summary>Two texts of which the second is too long, as several pairs that each hold the first and a part of the second: for questions about long contexts.</summary>
    /// <param name="first">The first: the question; never cut.</param>
    /// <param name="second">The second: the context.</param>
    /// <param name="maxLength">Most tokens of one pair, special ones included.</param>
    /// <param name="overlap">Tokens that a part shares with the one before, at least 0 and fewer than it has room for.</param>
    /// <exception cref="FrugalException">The first text leaves no room, or no more than the overlap.</exception>
    public IEnumerable<EncodedText> EncodeWindows(string first, string second, int maxLength, int overlap)
    {
        Guard.NotNegative(overlap);
        var (a, b) = (Tokenize(first), Tokenize(second));
        var form = Template.For(2);
        int room = Room(form, maxLength) - a.Count;
        if (room <= overlap && b.Count > room)
            throw new FrugalException($"The first text has {a.Count} tokens, which leaves {Math.Max(room, 0)} of {maxLength} for the second one; that must be more than the overlap of {overlap}.");
        return Windows();

        IEnumerable<EncodedText> Windows()
        {
            for (int start = 0; ; start += room - overlap)
            {
                yield return Fill(form, a, b.Skip(start).Take(room));
                if (start + room >= b.Count)
                    yield break;
            }
        }
    }

    /// <summary>The text that ids stand for, as near as the tokenizer keeps it.</summary>
    /// <param name="ids">Ids of the vocabulary.</param>
    /// <param name="skipSpecial">Leaves special tokens out.</param>
    /// <exception cref="FrugalException">An id is not in the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids, bool skipSpecial = true)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var kept = new List<int>();
        foreach (int id in ids)
        {
            TokenOf(id);
            if (!skipSpecial || added.WithId(id) is not { IsSpecial: true })
                kept.Add(id);
        }
        return DecodeAll(kept);
    }

    /// <summary>Refuses a model that the tokenizer does not belong to: one with fewer rows than ids, or with so many more that it was trained on another vocabulary.</summary>
    /// <param name="modelVocabularySize">Rows of the model's embedding, <c>vocab_size</c>.</param>
    /// <param name="model">What to call it in the message, e.g. its folder.</param>
    /// <exception cref="FrugalException">The two do not belong together.</exception>
    public void RequireFits(int modelVocabularySize, string model)
    {
        if (modelVocabularySize < VocabularySize)
            throw new FrugalException($"The tokenizer has ids up to {VocabularySize - 1}, but {model} has a vocabulary of {modelVocabularySize}; use the tokenizer files of that model.");
        if (modelVocabularySize - VocabularySize > SpareRows)
            throw new FrugalException(
                $"The tokenizer has {VocabularySize} ids, but {model} has a vocabulary of {modelVocabularySize}, more than {SpareRows} above it; use the tokenizer files of that model.");
    }

    /// <summary>Appends the tokens of a text that has no added token in it.</summary>
    /// <param name="text">A part of the text; not empty.</param>
    /// <param name="offset">Where the part begins, to be added to all places.</param>
    /// <param name="tokens">Takes the tokens.</param>
    protected abstract void TokenizePlain(string text, int offset, List<Token> tokens);

    /// <summary>The text of ids that are all in the vocabulary.</summary>
    protected abstract string DecodeAll(IReadOnlyList<int> ids);

    /// <summary>The added token with this id, or null.</summary>
    protected AddedToken? AddedWithId(int id) => added.WithId(id);

    private static int Room(IReadOnlyList<TemplatePart> form, int? maxLength)
    {
        if (maxLength is not { } most)
            return int.MaxValue;
        int specials = form.Count(part => part.Special is not null);
        return most >= specials ? most - specials : throw new FrugalException($"A length of {most} has no room for the {specials} special tokens of the tokenizer's form.");
    }

    private EncodedText Fill(IReadOnlyList<TemplatePart> form, IEnumerable<Token> first, IEnumerable<Token> second)
    {
        List<int> ids = [], segments = [], texts = [];
        List<(int, int)> offsets = [];
        foreach (var part in form)
        {
            var tokens = part.Special is not null ? [new Token(IdOfForm(part.Special), 0, 0)] : part.Text == 0 ? first : second;
            foreach (var token in tokens)
            {
                ids.Add(token.Id);
                segments.Add(part.Segment);
                texts.Add(part.Text);
                offsets.Add((token.Start, token.End));
            }
        }
        return new EncodedText(ids, segments, texts, offsets);
    }

    private int IdOfForm(string special) =>
        IdOf(special) ?? throw new FrugalException($"The tokenizer's form has the special token '{special}', which its vocabulary lacks.");
}

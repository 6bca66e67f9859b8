using Frugal.Interop;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>A WordPiece tokenizer as files: <c>tokenizer.json</c>, and <c>vocab.txt</c> with <c>tokenizer_config.json</c>.</summary>
internal static class WordPieceFiles
{
    private const string Normalizer = "BertNormalizer", PreTokenizer = "BertPreTokenizer";

    /// <summary>Writes a tokenizer.</summary>
    /// <exception cref="FrugalException">A file cannot be written.</exception>
    public static void Write(WordPieceTokenizer tokenizer, string folder)
    {
        OutputFolder.Create(folder);
        AtomicFile.WriteText(Path.Combine(folder, TokenizerFiles.WordPieces), VocabularyFile.Text(tokenizer.Tokens));
        TokenizerFiles.Write(Path.Combine(folder, TokenizerFiles.Whole), new TokenizerJson
        {
            AddedTokens = [.. tokenizer.Added.OrderBy(token => token.Id).Select(AddedTokenJson.Of)],
            Normalizer = new() { Type = Normalizer, CleanText = true, HandleChineseChars = tokenizer.SplitIdeographs, StripAccents = tokenizer.StripAccents, Lowercase = tokenizer.LowerCase },
            PreTokenizer = new() { Type = PreTokenizer },
            PostProcessor = TemplateJson.Write(tokenizer.Template, tokenizer),
            Decoder = new() { Type = "WordPiece", Prefix = WordPieceTokenizer.Continuing, Cleanup = true },
            Model = new()
            {
                Type = "WordPiece",
                UnkToken = tokenizer.Special.Unknown,
                ContinuingSubwordPrefix = WordPieceTokenizer.Continuing,
                MaxInputCharsPerWord = tokenizer.MaxWordLength,
                Vocab = VocabularyJson.Write(tokenizer.Tokens),
            },
        });
        TokenizerFiles.Write(Path.Combine(folder, TokenizerFiles.Config), TokenizerConfig.Of(tokenizer, "BertTokenizer") with
        {
            DoLowerCase = tokenizer.LowerCase,
            StripAccents = tokenizer.StripAccents,
            TokenizeChineseChars = tokenizer.SplitIdeographs,
            BosToken = null,
            EosToken = null,
        });
    }

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="FrugalException">It has a part that there is not, or does not fit together.</exception>
    public static WordPieceTokenizer Read(TokenizerJson json, SpecialTokens? special, IReadOnlyList<AddedToken> added, string source)
    {
        var model = json.Model!;
        if (model.ContinuingSubwordPrefix is not (null or WordPieceTokenizer.Continuing))
            throw new FrugalException($"{source}: pieces inside a word begin with {Refusal.Quote(model.ContinuingSubwordPrefix)}; Frugal has {WordPieceTokenizer.Continuing} only.");
        if (json.Normalizer is not { Type: Normalizer } normalizer || normalizer.CleanText == false || json.PreTokenizer?.Type != PreTokenizer)
            throw new FrugalException(
                $"{source}: its normalizer {Refusal.Quote(json.Normalizer?.Type ?? "none")} and pre-tokenizer {Refusal.Quote(json.PreTokenizer?.Type ?? "none")} are not those that Frugal has for WordPiece: {Normalizer}, which cleans the text, and {PreTokenizer}.");
        var vocabulary = VocabularyJson.Read(model.Vocab, added, $"the vocabulary of {source}");
        var roles = special ?? KnownRoles.Of(vocabulary);
        try
        {
            return new WordPieceTokenizer(vocabulary, roles with { Unknown = model.UnkToken ?? roles.Unknown }, TemplateJson.Read(json.PostProcessor, source), added)
            {
                LowerCase = normalizer.Lowercase ?? true,
                StripAccents = normalizer.StripAccents,
                SplitIdeographs = normalizer.HandleChineseChars ?? true,
                MaxWordLength = model.MaxInputCharsPerWord ?? 100,
            };
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new FrugalException($"{source}: max_input_chars_per_word is {model.MaxInputCharsPerWord}; Frugal takes 1 to 1,000.", error);
        }
    }

    /// <summary>Reads <c>vocab.txt</c> with what the configuration says.</summary>
    /// <exception cref="FrugalException">A file cannot be read, or they do not belong together.</exception>
    public static WordPieceTokenizer Read(string path, TokenizerConfig config, IReadOnlyList<AddedToken> added)
    {
        var bert = SpecialTokens.Bert;
        var special = config.Special;
        return new WordPieceTokenizer(VocabularyFile.Read(path), new SpecialTokens
        {
            Padding = special.Padding ?? bert.Padding,
            Unknown = special.Unknown ?? bert.Unknown,
            Classify = special.Classify ?? bert.Classify,
            Separator = special.Separator ?? bert.Separator,
            Mask = special.Mask ?? bert.Mask,
        }, null, added)
        {
            LowerCase = config.DoLowerCase ?? true,
            StripAccents = config.StripAccents,
            SplitIdeographs = config.TokenizeChineseChars ?? true,
        };
    }
}

using Frugal.Interop;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>A WordPiece tokenizer as files: <c>vocab.txt</c> and <c>tokenizer_config.json</c>.</summary>
internal static class WordPieceFiles
{
    /// <summary>Writes a tokenizer.</summary>
    /// <exception cref="FrugalException">A file cannot be written.</exception>
    public static void Write(WordPieceTokenizer tokenizer, string folder)
    {
        OutputFolder.Create(folder);
        AtomicFile.WriteText(Path.Combine(folder, TokenizerFiles.WordPieces), VocabularyFile.Text(tokenizer.Tokens));
        TokenizerFiles.Write(Path.Combine(folder, TokenizerFiles.Config), new TokenizerConfig
        {
            TokenizerClass = "BertTokenizer",
            DoLowerCase = tokenizer.LowerCase,
            StripAccents = tokenizer.StripAccents,
            TokenizeChineseChars = tokenizer.SplitIdeographs,
            PadToken = tokenizer.Special.Padding,
            UnkToken = tokenizer.Special.Unknown,
            ClsToken = tokenizer.Special.Classify,
            SepToken = tokenizer.Special.Separator,
            MaskToken = tokenizer.Special.Mask,
            AddedTokensDecoder = tokenizer.Added.OrderBy(token => token.Id).ToDictionary(token => $"{token.Id}", AddedTokenJson.Of),
        });
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

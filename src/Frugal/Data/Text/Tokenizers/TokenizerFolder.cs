using Frugal.Interop;
using static Frugal.Data.Text.Tokenizers.TokenizerFiles;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>Reads the tokenizer of a folder as it is downloaded from Hugging Face, and writes one.</summary>
public static class TokenizerFolder
{
    /// <summary>
    /// Reads a tokenizer: <c>tokenizer.json</c> of the WordPiece and the byte-level BPE kind; else <c>vocab.txt</c>, or <c>vocab.json</c> with <c>merges.txt</c>, and what <c>tokenizer_config.json</c> beside them
    /// says; else a SentencePiece model, <c>tokenizer.model</c>, which wins over a <c>tokenizer.json</c> of a kind of its own.
    /// </summary>
    /// <param name="folder">The model's folder.</param>
    /// <exception cref="FrugalException">A file is missing, damaged, or of a kind that there is not; the message names it.</exception>
    public static Tokenizer Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new FrugalException($"{folder} is not a folder; give the one that holds the tokenizer's files.");
        string In(string name) => Path.Combine(folder, name);
        var config = ReadConfig(folder);
        var added = AddedTokensOf(folder, config);
        string? model = SentencePieces.Select(In).FirstOrDefault(File.Exists);
        if (File.Exists(In(Whole)) && ReadWhole(In(Whole), config, model is not null) is { } whole)
            return whole;
        if (File.Exists(In(WordPieces)))
            return WordPieceFiles.Read(In(WordPieces), config, added);
        if (File.Exists(In(PairVocabulary)) && File.Exists(In(Merges)))
            return BytePairFiles.Read(folder, config, added);
        if (model is not null)
            return SentencePieceTokenizer.Read(model, config, added);
        throw new FrugalException($"{folder} holds no tokenizer: neither {Whole}, {WordPieces}, {PairVocabulary} with {Merges}, nor {string.Join(" or ", SentencePieces)}.");
    }

    /// <summary>Writes a tokenizer so that it loads here and with the transformers library.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="folder">Made if it is missing.</param>
    /// <exception cref="FrugalException">A file cannot be written.</exception>
    public static void Save(Tokenizer tokenizer, string folder)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        tokenizer.Save(folder);
    }

    // Null where the file holds what the SentencePiece model beside it holds.
    private static Tokenizer? ReadWhole(string path, TokenizerConfig config, bool hasModel)
    {
        var json = Read<TokenizerJson>(path);
        if (json.Model is null)
            throw new FrugalException($"{path} lacks its \"model\".");
        if (hasModel && (json.Model.Type == "Unigram" || json.Model.ByteFallback == true))
            return null;
        AddedToken[] added = [.. (json.AddedTokens ?? []).Select(token => token.Token(path))];
        var special = config.Special.All.Count > 0 ? config.Special : null;
        return json.Model.Type switch
        {
            "WordPiece" => WordPieceFiles.Read(json, special, added, path),
            "BPE" => BytePairFiles.Read(json, special, added, path),
            _ => throw new FrugalException($"{path} holds a tokenizer of the kind {Refusal.Quote(json.Model.Type ?? "")}; Frugal reads WordPiece and byte-level BPE from it, and others from a {SentencePieces[0]}."),
        };
    }

    private static TokenizerConfig ReadConfig(string folder)
    {
        var config = new TokenizerConfig();
        foreach (string name in new[] { Config, SpecialMap })
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path))
                continue;
            var read = Read<TokenizerConfig>(path);
            config = name == Config ? read : config.Or(read);
        }
        return config;
    }

    private static IReadOnlyList<AddedToken> AddedTokensOf(string folder, TokenizerConfig config)
    {
        var added = config.Added(Path.Combine(folder, Config));
        string path = Path.Combine(folder, AddedIds);
        if (added.Count > 0 || !File.Exists(path))
            return added;
        var special = config.Special.All;
        return [.. Read<Dictionary<string, int>>(path).Select(entry => new AddedToken(entry.Key, entry.Value) { IsSpecial = special.Contains(entry.Key) })];
    }
}

using System.Text.Json;
using Frugal.Data.Files;
using Frugal.Interop;
using static Frugal.Data.Text.Tokenizers.TokenizerFiles;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>A byte-level BPE tokenizer as files: <c>tokenizer.json</c>, and <c>vocab.json</c> with <c>merges.txt</c>.</summary>
internal static class BytePairFiles
{
    /// <summary>Writes a tokenizer in both forms, with the tokens' roles beside it.</summary>
    /// <exception cref="FrugalException">A file cannot be written.</exception>
    public static void Write(BytePairTokenizer tokenizer, string folder)
    {
        OutputFolder.Create(folder);
        var vocabulary = VocabularyJson.Write(tokenizer.Tokens);
        TokenizerFiles.Write(Path.Combine(folder, PairVocabulary), vocabulary);
        AtomicFile.WriteText(Path.Combine(folder, TokenizerFiles.Merges), "#version: 0.2\n" + string.Concat(tokenizer.Merges.Select(merge => $"{merge.Left} {merge.Right}\n")));
        bool isGpt2 = tokenizer.Pattern == WordPattern.Gpt2;
        var bytes = new PartJson { Type = "ByteLevel", AddPrefixSpace = tokenizer.AddPrefixSpace, TrimOffsets = true, UseRegex = isGpt2 };
        TokenizerFiles.Write(Path.Combine(folder, Whole), new TokenizerJson
        {
            AddedTokens = [.. tokenizer.Added.OrderBy(token => token.Id).Select(AddedTokenJson.Of)],
            PreTokenizer = isGpt2
                ? bytes
                : new() { Type = "Sequence", Pretokenizers = [new() { Type = "Split", Pattern = new() { Regex = tokenizer.Pattern }, Behavior = "Isolated", Invert = false }, bytes] },
            PostProcessor = TemplateJson.Write(tokenizer.Template, tokenizer),
            Decoder = new() { Type = "ByteLevel", AddPrefixSpace = true, TrimOffsets = true, UseRegex = true },
            Model = new()
            {
                Type = "BPE",
                IgnoreMerges = tokenizer.IgnoreMerges,
                Vocab = vocabulary,
                Merges = JsonSerializer.SerializeToElement(tokenizer.Merges.Select(merge => new[] { merge.Left, merge.Right })),
            },
        });
        TokenizerFiles.Write(Path.Combine(folder, Config), TokenizerConfig.Of(tokenizer, "PreTrainedTokenizerFast") with { AddPrefixSpace = tokenizer.AddPrefixSpace });
    }

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <exception cref="FrugalException">It has a part that there is not, or does not fit together.</exception>
    public static BytePairTokenizer Read(TokenizerJson json, SpecialTokens? special, IReadOnlyList<AddedToken> added, string source)
    {
        var model = json.Model!;
        if (model.ByteFallback == true || !string.IsNullOrEmpty(model.ContinuingSubwordPrefix) || !string.IsNullOrEmpty(model.EndOfWordSuffix))
            throw new FrugalException($"{source} holds a BPE that is not byte-level; Frugal reads such a tokenizer from its {string.Join(" or ", SentencePieces)}.");
        if (json.Normalizer is not null)
            throw new FrugalException($"{source}: the normalizer {Refusal.Quote(json.Normalizer.Type ?? "")} is not one that Frugal has for byte-level BPE.");
        PartJson[] parts = json.PreTokenizer?.Type == "Sequence" ? [.. json.PreTokenizer.Pretokenizers ?? []] : [.. json.PreTokenizer is { } part ? [part] : Array.Empty<PartJson>()];
        var (pattern, bytes) = parts switch
        {
            [{ Type: "ByteLevel" } only] when only.UseRegex != false => (WordPattern.Gpt2, only),
            [{ Type: "Split", Behavior: "Isolated", Pattern.Regex: { } regex } split, { Type: "ByteLevel", UseRegex: false } last] when split.Invert != true => (regex, last),
            _ => throw new FrugalException($"{source}: its pre-tokenizer [{string.Join(", ", parts.Select(p => p.Type))}] is not one that Frugal has; it has ByteLevel, and Split by an isolated regular expression before it."),
        };
        var vocabulary = VocabularyJson.Read(model.Vocab, added, $"the vocabulary of {source}");
        return new BytePairTokenizer(vocabulary, MergesOf(model.Merges, source), special ?? KnownRoles.Of(vocabulary), TemplateJson.Read(json.PostProcessor, source), added)
        {
            Pattern = pattern,
            AddPrefixSpace = bytes.AddPrefixSpace ?? false,
            IgnoreMerges = model.IgnoreMerges ?? false,
        };
    }

    /// <summary>Reads <c>vocab.json</c> and <c>merges.txt</c> as GPT-2's or RoBERTa's, by the tokens that there are.</summary>
    /// <exception cref="FrugalException">A file is damaged, or they do not fit together.</exception>
    public static BytePairTokenizer Read(string folder, TokenizerConfig config, IReadOnlyList<AddedToken> added)
    {
        string path = Path.Combine(folder, PairVocabulary);
        var vocabulary = VocabularyJson.Read(Read<JsonElement>(path), added, path);
        var special = config.Special.All.Count > 0 ? config.Special : KnownRoles.Of(vocabulary);
        bool isRoberta = config.TokenizerClass?.StartsWith("Roberta", StringComparison.Ordinal) ?? special is { Classify: "<s>", Separator: "</s>", Mask: not null };
        var template = isRoberta && special is { Classify: { } classify, Separator: { } separator }
            ? EncodingTemplate.Roberta(classify, separator)
            : EncodingTemplate.Around(config.AddBosToken == true ? special.Classify : null, config.AddEosToken == true ? special.Separator : null);
        return new BytePairTokenizer(vocabulary, MergesOf(Path.Combine(folder, TokenizerFiles.Merges)), special, template, added) { AddPrefixSpace = config.AddPrefixSpace ?? false };
    }

    private static List<(string, string)> MergesOf(string path)
    {
        var merges = new List<(string, string)>();
        foreach (var (i, line) in TextFile.Lines(WholeFile.Read(path), path).Index())
        {
            if ((i == 0 && line.StartsWith("#version", StringComparison.Ordinal)) || line.Length == 0)
                continue;
            merges.Add(Pair(line) ?? throw new FrugalException($"{path}, line {i + 1}: a merge is two tokens with a space between them, found {Refusal.Quote(line)}."));
        }
        return merges;
    }

    private static List<(string, string)> MergesOf(JsonElement? json, string source)
    {
        if (json is not { ValueKind: JsonValueKind.Array } array)
            throw new FrugalException($"{source}: its model lacks the list of merges.");
        return
        [
            .. array.EnumerateArray().Select(merge => merge.ValueKind switch
            {
                JsonValueKind.String => Pair(merge.GetString()!),
                JsonValueKind.Array when merge.GetArrayLength() == 2 && merge[0].ValueKind == JsonValueKind.String && merge[1].ValueKind == JsonValueKind.String => (merge[0].GetString()!, merge[1].GetString()!),
                _ => null,
            } ?? throw new FrugalException($"{source}: a merge is two tokens, found {Refusal.Quote(merge.ToString())}.")),
        ];
    }

    private static (string, string)? Pair(string merge) => merge.Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right] ? (left, right) : null;
}

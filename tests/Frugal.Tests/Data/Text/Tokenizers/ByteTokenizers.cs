using Frugal.Data.Text.Tokenizers;

namespace Frugal.Tests.Data.Text.Tokenizers;

/// <summary>Small byte-level tokenizers for tests.</summary>
internal static class ByteTokenizers
{
    public static readonly (string, string)[] Merges = [("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("Ġ", "w"), ("o", "r"), ("Ġw", "or"), ("Ã", "©"), ("ð", "Ł"), ("ĺ", "Ģ")];

    public static string[] Tokens => [.. ByteCharacters.All.Select(character => character.ToString()), .. Merges.Select(merge => merge.Item1 + merge.Item2)];

    public static BytePairTokenizer Gpt2(bool prefixSpace = false) =>
        new([.. Tokens, "<|endoftext|>"], Merges, new() { Unknown = "<|endoftext|>", Classify = "<|endoftext|>", Separator = "<|endoftext|>" }) { AddPrefixSpace = prefixSpace };

    public static BytePairTokenizer Roberta() => new(
        ["<s>", "<pad>", "</s>", "<unk>", .. Tokens, "<mask>"], Merges, new() { Padding = "<pad>", Unknown = "<unk>", Classify = "<s>", Separator = "</s>", Mask = "<mask>" },
        EncodingTemplate.Roberta("<s>", "</s>"), [new("<mask>", 270) { StripsLeft = true }]);

    public static BytePairTokenizer Llama3() => new(
        [.. Tokens, "hello"[..3], "world"], Merges, new() { Classify = "<|begin_of_text|>", Separator = "<|end_of_text|>" }, EncodingTemplate.Around("<|begin_of_text|>", null),
        [new("<|begin_of_text|>", 300), new("<|end_of_text|>", 301)])
    {
        Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        IgnoreMerges = true,
    };
}

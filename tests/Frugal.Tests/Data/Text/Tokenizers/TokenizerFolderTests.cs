using System.Text;
using Frugal.Data.Text.Tokenizers;
using Frugal.Tests.Interop;

namespace Frugal.Tests.Data.Text.Tokenizers;

public sealed class TokenizerFolderTests : IDisposable
{
    private const string Text = "Hello world, the café <mask> [MASK] 's 1234 😀 <|endoftext|> unaffable";
    private static readonly string[] bert = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "the", "cafe", "café", "un", "##aff", "##able", "world"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private void Write(string name, string content) => File.WriteAllText(folder.File(name), content);

    private string Fault() => Assert.Throws<FrugalException>(() => TokenizerFolder.Load(folder.Path)).Message;

    private static void Same(Tokenizer expected, Tokenizer actual)
    {
        Assert.Equal(expected.GetType(), actual.GetType());
        Assert.Equal(expected.VocabularySize, actual.VocabularySize);
        Assert.Equal(expected.Special, actual.Special);
        Assert.Equal(expected.Tokenize(Text), actual.Tokenize(Text));
        Assert.Equal(expected.EncodePair(Text, "hello").Ids, actual.EncodePair(Text, "hello").Ids);
        Assert.Equal(expected.EncodePair(Text, "hello").SegmentIds, actual.EncodePair(Text, "hello").SegmentIds);
        Assert.Equal(expected.Decode(expected.Encode(Text)), actual.Decode(actual.Encode(Text)));
        Assert.Equal(expected.Added, actual.Added);
    }

    public static TheoryData<string> Kinds => ["bert", "cased", "gpt2", "roberta", "llama3"];

    private static Tokenizer Make(string kind) => kind switch
    {
        "bert" => new WordPieceTokenizer(bert, added: [new("<new>", 13) { IsSpecial = false }]) { MaxWordLength = 9, SplitIdeographs = false },
        "cased" => new WordPieceTokenizer(bert) { LowerCase = false },
        "gpt2" => ByteTokenizers.Gpt2(prefixSpace: true),
        "roberta" => ByteTokenizers.Roberta(),
        _ => ByteTokenizers.Llama3(),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_saved_loads_the_same(string kind)
    {
        TokenizerFolder.Save(Make(kind), folder.Path);
        Same(Make(kind), TokenizerFolder.Load(folder.Path));
    }

    [Theory]
    [InlineData("cased")]
    [InlineData("gpt2")]
    [InlineData("roberta")]
    public void Older_files_load_the_same_without_the_newer(string kind)
    {
        TokenizerFolder.Save(Make(kind), folder.Path);
        File.Delete(folder.File("tokenizer.json"));
        if (kind == "roberta")
            File.Delete(folder.File("tokenizer_config.json"));
        var loaded = TokenizerFolder.Load(folder.Path);
        Assert.Equal(Make(kind).EncodePair("hello world", "he").Ids, loaded.EncodePair("hello world", "he").Ids);
        Assert.Equal(Make(kind).Special, loaded.Special);
    }

    [Fact]
    public void A_bare_vocabulary_is_uncased_bert()
    {
        Write("vocab.txt", string.Join("\r\n", bert));
        var tokenizer = Assert.IsType<WordPieceTokenizer>(TokenizerFolder.Load(folder.Path));
        Assert.True(tokenizer.LowerCase);
        Assert.Equal([2, 5, 3], tokenizer.EncodeOne("HELLO").Ids);
        Write("tokenizer_config.json", """{"do_lower_case": false, "model_max_length": 512, "unk_token": {"content": "[UNK]", "lstrip": false}}""");
        Write("special_tokens_map.json", """{"mask_token": "the"}""");
        tokenizer = Assert.IsType<WordPieceTokenizer>(TokenizerFolder.Load(folder.Path));
        Assert.Equal([2, 1, 3], tokenizer.EncodeOne("HELLO").Ids);
        Assert.Equal(6, tokenizer.MaskId);
    }

    [Fact]
    public void Added_tokens_of_older_folders_are_found()
    {
        Write("vocab.txt", string.Join('\n', bert));
        Write("added_tokens.json", """{"<new>": 13}""");
        Assert.Equal([5, 13], TokenizerFolder.Load(folder.Path).Encode("hello<new>"));
    }

    [Fact]
    public void Merges_may_be_texts_and_forms_templates()
    {
        TokenizerFolder.Save(ByteTokenizers.Gpt2(), folder.Path);
        string json = File.ReadAllText(folder.File("tokenizer.json"));
        int start = json.IndexOf("\"merges\"", StringComparison.Ordinal);
        json = json[..start] + "\"merges\": [\"h e\", \"l l\"], \"dropout\": null}, \"padding\": null}";
        Write("tokenizer.json", json);
        var tokenizer = TokenizerFolder.Load(folder.Path);
        Assert.Equal("he ll o", string.Join(' ', tokenizer.Encode("hello").Select(tokenizer.TokenOf)));
    }

    [Fact]
    public void Missing_and_damaged_files_are_named()
    {
        Assert.Contains("holds no tokenizer", Fault());
        Assert.Contains("is not a folder", Assert.Throws<FrugalException>(() => TokenizerFolder.Load(folder.File("absent"))).Message);
        Write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\na\nb\na\n");
        Assert.Contains("vocab.txt, line 6: the token 'a' stands in line 4 already", Fault());
        File.WriteAllBytes(folder.File("vocab.txt"), [.. "[UNK]\n"u8, 0xFF, (byte)'\n']);
        Assert.Contains("vocab.txt, line 2: not valid UTF-8", Fault());
        Write("vocab.txt", "a\nb\n");
        Assert.Contains("lacks the special tokens '[UNK]', '[CLS]', '[SEP]'", Fault());
        Write("vocab.txt", "");
        Assert.Contains("has no tokens", Fault());
        Write("tokenizer_config.json", "{\"pad_token\": 5}");
        Assert.Contains("tokenizer_config.json", Fault());
        Write("tokenizer_config.json", "[]");
        Assert.Contains("must hold a JSON object", Fault());
        Write("tokenizer_config.json", "{\"added_tokens_decoder\": {\"x\": {\"content\": \"a\"}}}");
        Assert.Contains("no whole number", Fault());
    }

    [Fact]
    public void Pairs_that_do_not_fit_are_named()
    {
        TokenizerFolder.Save(ByteTokenizers.Gpt2(), folder.Path);
        File.Delete(folder.File("tokenizer.json"));
        Write("merges.txt", "#version: 0.2\nh e\nx\n");
        Assert.Contains("merges.txt, line 3: a merge is two tokens", Fault());
        Write("merges.txt", "x y\n");
        Assert.Contains("needs the token 'xy'", Fault());
        Write("vocab.json", """{"a": 0, "b": 0}""");
        Assert.Contains("'a' and 'b' have the same id, 0", Fault());
        Write("vocab.json", """{"a": 0, "b": 2}""");
        Assert.Contains("none with the id 1", Fault());
        Write("vocab.json", """{"a": 0, "a": 1}""");
        Assert.Contains("vocab.json is not valid JSON", Fault());
        Write("vocab.json", """{"a": "x"}""");
        Assert.Contains("must be a whole number", Fault());
    }

    [Theory]
    [InlineData("\"type\": \"WordPiece\",\n    \"unk_token\"", "\"type\": \"Unigram\",\n    \"unk_token\"", "kind 'Unigram'")]
    [InlineData("BertNormalizer", "NFC", "'NFC'")]
    [InlineData("BertPreTokenizer", "Whitespace", "'Whitespace'")]
    [InlineData("TemplateProcessing", "Odd", "'Odd'")]
    [InlineData("\"clean_text\": true", "\"clean_text\": false", "which cleans the text")]
    [InlineData("\"max_input_chars_per_word\": 100", "\"max_input_chars_per_word\": 100000", "Frugal takes 1 to 1,000")]
    [InlineData("\"id\": \"A\"", "\"id\": \"C\"", "neither a special token nor the text A or B")]
    [InlineData("\"single_word\": false", "\"single_word\": true", "single_word")]
    [InlineData("\"model\"", "\"modal\"", "lacks its \"model\"")]
    [InlineData("\"[SEP]\": 3", "\"[SEP]\": 20", "but none with the id")]
    public void Parts_that_there_are_not_are_named(string from, string to, string message)
    {
        TokenizerFolder.Save(new WordPieceTokenizer(bert), folder.Path);
        string json = File.ReadAllText(folder.File("tokenizer.json"));
        Assert.Contains(from, json, StringComparison.Ordinal);
        Write("tokenizer.json", json.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(message, Fault());
    }

    [Fact]
    public void Damaged_files_are_refused_or_load()
    {
        TokenizerFolder.Save(new WordPieceTokenizer(bert), folder.Path);
        byte[] seed = File.ReadAllBytes(folder.File("tokenizer.json"));
        var random = new Random(1);
        int loaded = 0;
        for (int i = 0; i < 1500; i++)
        {
            File.WriteAllBytes(folder.File("tokenizer.json"), Mutation.Of(seed, random, ["{", "}", "[", "]", "\"", ":", ",", "null", "-1", "1e99", "true", "\\ud800", "\"\""]));
            try
            {
                TokenizerFolder.Load(folder.Path).EncodePair("hello the cafe", "world");
                loaded++;
            }
            catch (FrugalException)
            {
                // Refused, as it may be.
            }
        }
        Assert.InRange(loaded, 1, 1499);
    }
}

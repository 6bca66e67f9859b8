using Frugal.Data.Text.Tokenizers;

namespace Frugal.Tests.Data.Text.Tokenizers;

public class BytePairTokenizerTests
{
    private static string Pieces(Tokenizer tokenizer, string text) => string.Join(' ', tokenizer.Encode(text).Select(tokenizer.TokenOf));

    [Theory]
    [InlineData("hello world", "hello Ġwor l d")]
    [InlineData("hell he lo", "hell Ġ he Ġ l o")]
    [InlineData("é", "Ã©")]
    [InlineData("  hello", "Ġ Ġ hello")]
    [InlineData("hello's", "hello ' s")]
    [InlineData("", "")]
    public void Pairs_are_merged_in_their_order_within_words(string text, string pieces) => Assert.Equal(pieces, Pieces(ByteTokenizers.Gpt2(), text));

    [Theory]
    [InlineData("hello world, héllo 中文 😀 \u0301\u00A0\t\r\n x")]
    [InlineData("<|endoftext|>hello<|endoftext|>")]
    [InlineData("\0\u0001")]
    public void Decoding_gives_the_text_back(string text) => Assert.Equal(text, ByteTokenizers.Gpt2().Decode(ByteTokenizers.Gpt2().Encode(text), skipSpecial: false));

    [Fact]
    public void Special_tokens_are_left_out_where_asked() => Assert.Equal("hello", ByteTokenizers.Gpt2().Decode(ByteTokenizers.Gpt2().Encode("<|endoftext|>hello")));

    [Fact]
    public void Places_are_those_of_the_text_without_the_space_before_a_word()
    {
        const string Text = "hello world 😀é";
        var tokens = ByteTokenizers.Gpt2().Tokenize(Text);
        Assert.Equal(["hello", "wor", "l", "d", " ", "😀", "😀", "é"], tokens.Select(token => Text[token.Start..token.End]));
    }

    [Fact]
    public void Lone_surrogates_are_replacement_characters()
    {
        var tokenizer = ByteTokenizers.Gpt2();
        Assert.Equal(tokenizer.Encode("a\uFFFDb"), tokenizer.Encode("a\uD800b"));
        Assert.All(tokenizer.Tokenize("a\uDC00\uD800 \uD800b"), token => Assert.InRange(token.End, token.Start + 1, 6));
    }

    [Fact]
    public void Space_is_put_before_a_text_where_told()
    {
        var tokenizer = ByteTokenizers.Gpt2(prefixSpace: true);
        Assert.Equal("Ġwor l d", Pieces(tokenizer, "world"));
        Assert.Equal("Ġwor l d", Pieces(tokenizer, " world"));
        Assert.Equal([(0, 3), (3, 4), (4, 5)], tokenizer.Tokenize("world").Select(token => (token.Start, token.End)));
        // A space that was put there has no place of its own.
        Assert.Equal([(0, 0), (0, 1)], tokenizer.Tokenize("x").Select(token => (token.Start, token.End)));
        Assert.Equal([(0, 13), (13, 13), (13, 14)], tokenizer.Tokenize("<|endoftext|>x").Select(token => (token.Start, token.End)));
    }

    [Fact]
    public void Letters_beyond_the_basic_plane_stay_in_their_word()
    {
        // U+1D400 is a letter, U+1D7D7 a digit, U+1F600 a symbol.
        Assert.Equal([(0, 3), (3, 6), (6, 9)], new WordPattern(WordPattern.Gpt2).Cut("\U0001D400b" + " \U0001D7D7" + " \U0001F600").Select(word => (word.Start, word.End)));
        Assert.Equal([(0, 1), (1, 2), (2, 3)], new WordPattern("b").Cut("abc").Select(word => (word.Start, word.End)));
    }

    [Fact]
    public void Pattern_that_is_none_or_never_ends_is_refused()
    {
        Assert.Contains("no regular expression", Assert.Throws<FrugalException>(() => new WordPattern("(")).Message);
        Assert.Contains("at most", Assert.Throws<FrugalException>(() => new WordPattern(new string('a', 3000))).Message);
    }

    [Fact]
    public void Whole_words_win_over_merges_where_told()
    {
        Assert.Equal("world", Pieces(ByteTokenizers.Llama3(), "world"));
        Assert.Equal("hel", Pieces(ByteTokenizers.Llama3(), "hel"));
        Assert.Equal("1 2 3 4", Pieces(ByteTokenizers.Llama3(), "1234"));
        Assert.Equal([300, .. ByteTokenizers.Llama3().Encode("hello")], ByteTokenizers.Llama3().EncodeOne("hello").Ids);
        Assert.Equal(302, ByteTokenizers.Llama3().VocabularySize);
    }

    [Fact]
    public void Form_of_roberta_has_two_separators_between()
    {
        var tokenizer = ByteTokenizers.Roberta();
        Assert.Equal(["<s>", "hello", "</s>", "</s>", "he", "</s>"], tokenizer.EncodePair("hello", "he").Ids.Select(tokenizer.TokenOf));
        Assert.All(tokenizer.EncodePair("hello", "he").SegmentIds, segment => Assert.Equal(0, segment));
        Assert.Equal("hello <mask> Ġ he", Pieces(tokenizer, "hello <mask> he"));
        Assert.Equal("hello <mask>", Pieces(tokenizer, "hello   <mask>"));
    }

    [Fact]
    public void Faults_are_named()
    {
        Assert.Contains("the byte 0x61", Assert.Throws<FrugalException>(() => new BytePairTokenizer([.. ByteTokenizers.Tokens.Where(token => token != "a")], [])).Message);
        Assert.Contains("Merge 1, 'a b', needs the token 'ab'", Assert.Throws<FrugalException>(() => new BytePairTokenizer(ByteTokenizers.Tokens, [("a", "b")])).Message);
        Assert.Contains("is there twice", Assert.Throws<FrugalException>(() => new BytePairTokenizer(ByteTokenizers.Tokens, [("h", "e"), ("h", "e")])).Message);
        Assert.Contains("lacks the special token '<s>'", Assert.Throws<FrugalException>(() => new BytePairTokenizer(ByteTokenizers.Tokens, [], template: EncodingTemplate.Around("<s>", null))).Message);
    }
}

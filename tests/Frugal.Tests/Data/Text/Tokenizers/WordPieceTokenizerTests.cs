using Frugal.Data.Text.Tokenizers;
using Frugal.Interop;

namespace Frugal.Tests.Data.Text.Tokenizers;

public class WordPieceTokenizerTests
{
    private static readonly string[] vocabulary =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "the", "cafe", "=", "$", "5", "straße", "strasse", "σας", "i", "##s", "中", "日", "a", "b", "x", "##x", "ᄒ", "##ᅡ", "##ᆫ",
    ];

    private static readonly WordPieceTokenizer uncased = new(vocabulary);

    private static string Pieces(Tokenizer tokenizer, string text) => string.Join(' ', tokenizer.Encode(text).Select(tokenizer.TokenOf));

    public class Golden
    {
        [Fact]
        public void Ids_are_those_of_the_reference()
        {
            var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "retrieval-reference", "wordpiece.safetensors"));
            Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
        }
    }

    public class Words
    {
        [Theory]
        [InlineData("unaffable", "un ##aff ##able")]
        [InlineData("The\tthe\n the\u00A0THE\u2028the", "the the the the the")]
        [InlineData("Café CAFE\u0301", "cafe cafe")]
        [InlineData("=$5", "= $ 5")]
        [InlineData("ΣΑΣ", "σας")]
        [InlineData("\u0130", "i")]
        [InlineData("中日", "中 日")]
        [InlineData("한", "ᄒ ##ᅡ ##ᆫ")]
        [InlineData("unaffablez the", "[UNK] the")]
        [InlineData("th\u0000e \uFFFD \uD800 t\u200Dhe", "the the")]
        [InlineData("", "")]
        [InlineData("☃", "[UNK]")]
        public void Are_cut_as_bert_cuts_them(string text, string pieces) => Assert.Equal(pieces, Pieces(uncased, text));

        [Fact]
        public void Keep_case_and_accents_where_told() =>
            Assert.Equal("the [UNK] [UNK] cafe", Pieces(new WordPieceTokenizer(vocabulary) { LowerCase = false }, "the The café cafe"));

        [Fact]
        public void Lose_accents_alone_where_told() =>
            Assert.Equal("[UNK] cafe", Pieces(new WordPieceTokenizer(vocabulary) { LowerCase = false, StripAccents = true }, "The café"));

        [Fact]
        public void Are_unknown_when_too_long()
        {
            Assert.Equal(100, uncased.Encode(new string('x', 100)).Count);
            Assert.Equal([uncased.UnknownId!.Value], uncased.Encode(new string('x', 101)));
            Assert.Equal("[UNK]", Pieces(new WordPieceTokenizer(vocabulary) { MaxWordLength = 2 }, "xxx"));
            Assert.Throws<ArgumentOutOfRangeException>(() => new WordPieceTokenizer(vocabulary) { MaxWordLength = 0 });
        }
    }

    public class Places
    {
        [Fact]
        public void Are_those_of_the_original_text()
        {
            const string Text = "  CAFE\u0301, ÜNAFFABLE \U0001F600 the";
            string[] found = [.. uncased.Tokenize(Text).Select(token => Text[token.Start..token.End])];
            Assert.Equal(["CAFE", ",", "ÜN", "AFF", "ABLE", "\U0001F600", "the"], found);
        }

        [Fact]
        public void Cover_every_token_in_order()
        {
            const string Text = "The unaffable 中文 café = $5; [MASK] \u0130s";
            int end = 0;
            foreach (var token in uncased.Tokenize(Text))
            {
                Assert.InRange(token.Start, end, token.End - 1);
                end = token.End;
            }
            Assert.Equal(Text.Length, end);
        }
    }

    public class Specials
    {
        [Fact]
        public void Are_found_as_they_stand() => Assert.Equal("the [MASK] [SEP] [UNK] a [UNK] [UNK]", Pieces(uncased, "the[MASK][SEP]mask a [mask"));

        [Fact]
        public void Have_the_ids_of_their_roles()
        {
            Assert.Equal((0, 1, 2, 3, 4), (uncased.PaddingId, uncased.UnknownId, uncased.ClassifyId, uncased.SeparatorId, uncased.MaskId));
            Assert.Null(new WordPieceTokenizer(vocabulary, SpecialTokens.Bert with { Mask = null }).MaskId);
        }

        [Fact]
        public void Of_a_longer_form_win_and_may_take_in_space()
        {
            var tokenizer = new WordPieceTokenizer(vocabulary, added: [new("<a>", 27), new("<a><b>", 28) { StripsLeft = true, StripsRight = true }, new("new word", 29) { IsSpecial = false }]);
            Assert.Equal("the <a><b> the <a> new word", Pieces(tokenizer, "the  <a><b>  the <a> new word"));
            Assert.Equal((30, 29), (tokenizer.VocabularySize, tokenizer.IdOf("new word")));
            Assert.Equal("the new word", tokenizer.Decode(tokenizer.Encode("<a>the new word")));
        }
    }

    public class Forms
    {
        [Fact]
        public void Of_one_text_is_cut_at_its_end()
        {
            var encoded = uncased.EncodeOne("a b a b", 4);
            Assert.Equal(["[CLS]", "a", "b", "[SEP]"], encoded.Ids.Select(uncased.TokenOf));
            Assert.Equal([0, 0, 0, 0], encoded.SegmentIds);
            Assert.Equal([-1, 0, 0, -1], encoded.Texts);
            Assert.Equal([(0, 0), (0, 1), (2, 3), (0, 0)], encoded.Offsets);
            Assert.Contains("no room", Assert.Throws<FrugalException>(() => uncased.EncodeOne("a", 1)).Message);
        }

        [Fact]
        public void Of_two_texts_puts_the_second_into_segment_1()
        {
            var encoded = uncased.EncodePair("a", "b b");
            Assert.Equal(["[CLS]", "a", "[SEP]", "b", "b", "[SEP]"], encoded.Ids.Select(uncased.TokenOf));
            Assert.Equal([0, 0, 0, 1, 1, 1], encoded.SegmentIds);
        }

        [Fact]
        public void Finds_an_answer_and_gives_its_characters_back()
        {
            const string Context = "The café is unaffable the";
            var encoded = uncased.EncodePair("a", Context);
            int start = Context.IndexOf("unaffable", StringComparison.Ordinal);
            var (first, last) = encoded.TokensOver(start, start + 9, text: 1)!.Value;
            Assert.Equal(["un", "##aff", "##able"], encoded.Ids.Skip(first).Take(last - first + 1).Select(uncased.TokenOf));
            Assert.Equal((start, start + 9), encoded.CharactersOf(first, last));
            Assert.Null(encoded.TokensOver(start, start + 9, text: 0));
            Assert.Null(uncased.EncodePair("a", Context, 8, Truncation.OnlySecond).TokensOver(start, start + 9, text: 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => encoded.CharactersOf(0, last));
        }

        [Fact]
        public void In_windows_hold_the_whole_second_text()
        {
            string context = string.Join(' ', Enumerable.Repeat("a b x", 7));
            var windows = uncased.EncodeWindows("the", context, maxLength: 12, overlap: 3).ToList();
            Assert.All(windows, window => Assert.InRange(window.Count, 5, 12));
            Assert.All(windows, window => Assert.Equal("the", uncased.TokenOf(window.Ids[1])));
            int end = 0;
            foreach (var window in windows)
            {
                var inside = window.Offsets.Where((_, i) => window.Texts[i] == 1).ToList();
                Assert.InRange(inside[0].Start, 0, end);
                end = inside[^1].End;
            }
            Assert.Equal(context.Length, end);
            Assert.Equal(4, windows.Count);
            Assert.Single(uncased.EncodeWindows("the", "a", 12, 3));
            Assert.Contains("overlap", Assert.Throws<FrugalException>(() => uncased.EncodeWindows("the the the", context, 8, 2)).Message);
        }
    }

    public class Truncated
    {
        [Fact]
        public void Longest_first_is_the_slow_rule()
        {
            for (int a = 0; a < 12; a++)
            {
                for (int b = 0; b < 12; b++)
                {
                    for (int room = 0; room < 24; room++)
                    {
                        var (first, second) = (a, b);
                        while (first + second > room)
                            _ = first > second ? first-- : second--;
                        Assert.Equal((first, second), PairLengths.Of(a, b, room, Truncation.LongestFirst));
                    }
                }
            }
        }

        [Fact]
        public void One_text_alone_must_make_up_for_all()
        {
            Assert.Equal((3, 2), PairLengths.Of(3, 6, 5, Truncation.OnlySecond));
            Assert.Equal((1, 6), PairLengths.Of(3, 6, 7, Truncation.OnlyFirst));
            Assert.Contains("second alone", Assert.Throws<FrugalException>(() => PairLengths.Of(6, 3, 5, Truncation.OnlySecond)).Message);
            Assert.Contains("2 more", Assert.Throws<FrugalException>(() => PairLengths.Of(3, 4, 5, Truncation.Refuse)).Message);
        }
    }

    public class Decoded
    {
        [Fact]
        public void Pieces_are_joined_and_punctuation_moves_up()
        {
            var tokenizer = new WordPieceTokenizer([.. vocabulary, ".", ",", "'", "t", "don"]);
            Assert.Equal("the unaffable, cafe.", tokenizer.Decode(tokenizer.EncodeOne("The unaffable , café .").Ids));
            Assert.Equal("[CLS] a [SEP]", tokenizer.Decode(tokenizer.EncodeOne("a").Ids, skipSpecial: false));
            Assert.Equal("don't", tokenizer.Decode(tokenizer.Encode("don't")));
        }

        [Fact]
        public void An_id_outside_is_refused() => Assert.Contains("27 tokens", Assert.Throws<FrugalException>(() => uncased.Decode([27])).Message);
    }

    public class Model
    {
        [Fact]
        public void With_other_rows_is_refused()
        {
            uncased.RequireFits(27, "toy");
            uncased.RequireFits(32, "toy");
            Assert.Contains("toy has a vocabulary of 26", Assert.Throws<FrugalException>(() => uncased.RequireFits(26, "toy")).Message);
            Assert.Contains("more than 1024 above", Assert.Throws<FrugalException>(() => uncased.RequireFits(30_522, "toy")).Message);
        }
    }

    public class Faults
    {
        [Fact]
        public void Are_named()
        {
            static string Of(params string[] tokens) => Assert.Throws<FrugalException>(() => new WordPieceTokenizer(tokens)).Message;
            Assert.Contains("no tokens", Of());
            Assert.Contains("'a' twice, as 1 and as 2", Of("[UNK]", "a", "a"));
            Assert.Contains("lacks the special tokens '[CLS]', '[SEP]'", Of("[UNK]", "a"));
            Assert.Contains("line break", Of("[UNK]", "[CLS]", "[SEP]", "a\nb"));
            Assert.Contains("has the id 5, but the vocabulary has 'un'", Assert.Throws<FrugalException>(() => new WordPieceTokenizer(vocabulary, added: [new("new", 5)])).Message);
            Assert.Contains("same id", Assert.Throws<FrugalException>(() => new WordPieceTokenizer(vocabulary, added: [new("n", 30), new("m", 30)])).Message);
            Assert.Contains("each text once", Assert.Throws<FrugalException>(() => new WordPieceTokenizer(vocabulary, template: new([TemplatePart.Second()], []))).Message);
        }
    }

    public class WordLevel
    {
        private static readonly string[] corpus = ["The cat sat.", "the dog sat", "a Dog"];

        [Fact]
        public void Vocabulary_is_the_most_frequent_words()
        {
            var tokenizer = WordVocabulary.Build(corpus, 9);
            Assert.Equal(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "dog", "sat", "the", "."], tokenizer.Tokens);
            Assert.Equal("the [UNK] sat dog [UNK]", Pieces(tokenizer, "the cat SAT dog dogs"));
            Assert.Contains("Dog", WordVocabulary.Build(corpus, 20, lowerCase: false).Tokens);
        }

        [Fact]
        public void Vocabulary_survives_its_file()
        {
            using var folder = new TemporaryFolder();
            var tokenizer = WordVocabulary.Build(corpus, 20);
            TokenizerFolder.Save(tokenizer, folder.Path);
            Assert.Equal(tokenizer.Encode("the dog, the cat."), TokenizerFolder.Load(folder.Path).Encode("the dog, the cat."));
        }

        [Fact]
        public void Corpus_without_words_is_refused()
        {
            Assert.Contains("without words", Assert.Throws<FrugalException>(() => WordVocabulary.Build([" ", ""], 10)).Message);
            Assert.Throws<ArgumentOutOfRangeException>(() => WordVocabulary.Build(corpus, 5));
        }
    }
}

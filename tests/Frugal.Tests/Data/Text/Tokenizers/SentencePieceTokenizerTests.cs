using Frugal.Data.Text.Tokenizers;
using Frugal.Tests.Interop;
using Google.Protobuf;

namespace Frugal.Tests.Data.Text.Tokenizers;

public sealed class SentencePieceTokenizerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>A model file: unknown, beginning, end, the bytes, and pieces with falling scores.</summary>
    private static byte[] Model(int kind = 2, bool hasBytes = true, bool hasTable = false, bool dropsSpaces = false)
    {
        string[] normal = ["▁h", "el", "ell", "▁hell", "▁hello", "lo", "▁w", "or", "▁", "h", "e", "l", "o", "w", "r", "d", "▁▁", "é"];
        var model = new MemoryStream();
        using var output = new CodedOutputStream(model);
        void Part(int field, Action<CodedOutputStream> write)
        {
            var part = new MemoryStream();
            using (var inner = new CodedOutputStream(part))
                write(inner);
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(part.ToArray()));
        }
        void Number(CodedOutputStream part, int field, int value)
        {
            part.WriteTag(field, WireFormat.WireType.Varint);
            part.WriteInt32(value);
        }
        void Piece(string text, float score, int pieceKind) => Part(1, part =>
        {
            part.WriteTag(1, WireFormat.WireType.LengthDelimited);
            part.WriteString(text);
            part.WriteTag(2, WireFormat.WireType.Fixed32);
            part.WriteFloat(score);
            Number(part, 3, pieceKind);
        });
        Piece("<unk>", 0, 2);
        Piece("<s>", 0, 3);
        Piece("</s>", 0, 3);
        for (int value = 0; hasBytes && value < 256; value++)
            Piece($"<0x{value:X2}>", 0, 6);
        foreach (var (i, text) in normal.Index())
            Piece(text, -i - 1, 1);
        Part(2, part =>
        {
            Number(part, 3, kind);
            Number(part, 35, hasBytes ? 1 : 0);
        });
        Part(3, part =>
        {
            if (hasTable)
            {
                part.WriteTag(2, WireFormat.WireType.LengthDelimited);
                part.WriteBytes(ByteString.CopyFrom(1, 2, 3));
            }
            Number(part, 3, 1);
            Number(part, 4, dropsSpaces ? 1 : 0);
        });
        output.Flush();
        return model.ToArray();
    }

    private Tokenizer Load(byte[] model, string? config = null)
    {
        File.WriteAllBytes(folder.File("tokenizer.model"), model);
        if (config is not null)
            File.WriteAllText(folder.File("tokenizer_config.json"), config);
        return TokenizerFolder.Load(folder.Path);
    }

    private static string Pieces(Tokenizer tokenizer, string text) => string.Join(' ', tokenizer.Encode(text).Select(tokenizer.TokenOf));

    [Theory]
    [InlineData("hello world", "▁hello ▁w or l d")]
    [InlineData("hello  h", "▁hello ▁ ▁h")]
    [InlineData("é😀", "▁ é <0xF0> <0x9F> <0x98> <0x80>")]
    [InlineData("hello</s>w", "▁hello </s> ▁w")]
    [InlineData("", "")]
    public void Pieces_are_those_of_the_model(string text, string pieces) => Assert.Equal(pieces, Pieces(Load(Model()), text));

    [Fact]
    public void Extra_spaces_are_dropped_where_the_model_says() => Assert.Equal("▁hello ▁h", Pieces(Load(Model(dropsSpaces: true)), "  hello   h  "));

    [Fact]
    public void Unigram_models_take_the_best_cut() => Assert.Equal("▁hello ▁w or l d", Pieces(Load(Model(kind: 1)), "hello world"));

    [Fact]
    public void Places_are_those_of_the_text()
    {
        // The space that the model puts before a text has no place of its own.
        const string Text = " hello é😀 world";
        Assert.Equal(["", "hello", " ", "é", "😀", "😀", "😀", "😀", "w", "or", "l", "d"], Load(Model()).Tokenize(Text).Select(token => Text[token.Start..token.End]));
        Assert.All(Load(Model()).Tokenize("h\uD800h"), token => Assert.InRange(token.End, token.Start, 3));
    }

    [Fact]
    public void What_is_unknown_is_so_without_bytes()
    {
        var tokenizer = Load(Model(hasBytes: false));
        Assert.Equal("▁h <unk> h", Pieces(tokenizer, "h中h"));
        Assert.Equal([(0, 1), (1, 2), (2, 3)], tokenizer.Tokenize("h中h").Select(token => (token.Start, token.End)));
    }

    [Theory]
    [InlineData("hello wörld 😀")]
    [InlineData("  two  spaces ")]
    public void Decoding_gives_the_text_back(string text) => Assert.Equal(text, Load(Model()).Decode(Load(Model()).EncodeOne(text).Ids));

    [Fact]
    public void Form_is_llamas_or_what_the_configuration_says()
    {
        var tokenizer = Load(Model());
        Assert.Equal((0, 1, 2), (tokenizer.UnknownId, tokenizer.ClassifyId, tokenizer.SeparatorId));
        Assert.Equal(["<s>", "▁h"], tokenizer.EncodeOne("h").Ids.Select(tokenizer.TokenOf));
        tokenizer = Load(Model(), """{"add_bos_token": false, "add_eos_token": true, "pad_token": "</s>"}""");
        Assert.Equal(["▁h", "</s>"], tokenizer.EncodeOne("h").Ids.Select(tokenizer.TokenOf));
        Assert.Equal(2, tokenizer.PaddingId);
    }

    [Fact]
    public void What_is_saved_loads_the_same()
    {
        var tokenizer = Load(Model(), """{"add_bos_token": true, "add_eos_token": true}""");
        TokenizerFolder.Save(tokenizer, folder.File("saved"));
        var loaded = TokenizerFolder.Load(folder.File("saved"));
        Assert.Equal(Model(), File.ReadAllBytes(folder.File("saved/tokenizer.model")));
        Assert.Equal(tokenizer.EncodePair("hello", "w").Ids, loaded.EncodePair("hello", "w").Ids);
        Assert.Equal(tokenizer.Special, loaded.Special);
    }

    [Fact]
    public void Models_that_change_text_and_damaged_ones_are_refused()
    {
        Assert.Contains("normalises text by a table", Assert.Throws<FrugalException>(() => Load(Model(hasTable: true))).Message);
        Assert.Contains("tokenizer.model is no SentencePiece model", Assert.Throws<FrugalException>(() => Load([.. Model()[..200], 0xFF, 0xFF])).Message);
        Assert.Contains("no pieces", Assert.Throws<FrugalException>(() => Load([])).Message);
    }

    [Fact]
    public void Damaged_files_are_refused_or_load()
    {
        byte[] seed = Model();
        var random = new Random(1);
        int loaded = 0;
        for (int i = 0; i < 1000; i++)
        {
            try
            {
                Load(Mutation.Of(seed, random, ["\n", "\u0012", "\u001a", "▁", "\u0000"])).EncodeOne("hello wörld 😀");
                loaded++;
            }
            catch (FrugalException)
            {
                // Refused, as it may be.
            }
        }
        Assert.InRange(loaded, 1, 999);
    }
}

using Frugal.Interop;
using Google.Protobuf;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>What is needed of a SentencePiece model file (sentencepiece_model.proto) beside the pieces' search: their names, kinds and ids, and how text is normalised.</summary>
internal sealed class SentencePieceModel
{
    // Field numbers and kinds of the published contract.
    private const int Pieces = 1, Trainer = 2, Normalizer = 3, PieceText = 1, PieceKind = 3, NormalKind = 1, ControlKind = 3, UserKind = 4;
    private const int SuffixField = 24, UnknownField = 40, BeginField = 41, EndField = 42, PaddingField = 43, TableField = 2, PrefixField = 3, ExtraSpaceField = 4, EscapeField = 5;
    private readonly List<int> kinds = [];
    private readonly Dictionary<int, int> trainer = new() { [UnknownField] = 0, [BeginField] = 1, [EndField] = 2, [PaddingField] = -1 };

    private SentencePieceModel(byte[] bytes, string source)
    {
        Bytes = bytes;
        Source = source;
    }

    /// <summary>The file.</summary>
    public byte[] Bytes { get; }

    /// <summary>Where it is from.</summary>
    public string Source { get; }

    /// <summary>The pieces in the order of their ids.</summary>
    public List<string> Tokens { get; } = [];

    /// <summary>Whether a space is put before a text.</summary>
    public bool AddsPrefix { get; private set; } = true;

    /// <summary>Whether spaces at the ends, and all but one of several, are dropped.</summary>
    public bool DropsExtraSpaces { get; private set; } = true;

    /// <summary>The tokens with a role.</summary>
    public SpecialTokens Special => new() { Unknown = At(UnknownField), Classify = At(BeginField), Separator = At(EndField), Padding = At(PaddingField) };

    /// <summary>Pieces that are no part of a text: they are found where they stand literally, as the transformers library does.</summary>
    public IEnumerable<AddedToken> Added => kinds.Index().Where(entry => entry.Item is ControlKind or UserKind && Tokens[entry.Index].Length > 0)
        .Select(entry => new AddedToken(Tokens[entry.Index], entry.Index) { IsSpecial = entry.Item == ControlKind });

    /// <summary>Reads a model.</summary>
    /// <exception cref="FrugalException">It is damaged, or normalises text in a way that there is not.</exception>
    public static SentencePieceModel Parse(byte[] bytes, string source)
    {
        var model = new SentencePieceModel(bytes, source);
        try
        {
            using var input = new CodedInputStream(bytes);
            for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                if (WireFormat.GetTagWireType(tag) != WireFormat.WireType.LengthDelimited || WireFormat.GetTagFieldNumber(tag) is < Pieces or > Normalizer)
                {
                    input.SkipLastField();
                    continue;
                }
                model.ReadPart(WireFormat.GetTagFieldNumber(tag), input.ReadBytes());
            }
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new FrugalException($"{source} is no SentencePiece model, or damaged: {error.Message}", error);
        }
        return model.Tokens.Count > 0 ? model : throw new FrugalException($"{source} is no SentencePiece model: it has no pieces.");
    }

    private void ReadPart(int part, ByteString bytes)
    {
        string text = "";
        int kind = NormalKind;
        using var input = new CodedInputStream(bytes.ToByteArray());
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (part, WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag))
            {
                case (Pieces, PieceText, WireFormat.WireType.LengthDelimited):
                    text = input.ReadString();
                    break;
                case (Pieces, PieceKind, WireFormat.WireType.Varint):
                    kind = input.ReadInt32();
                    break;
                case (Trainer, SuffixField, WireFormat.WireType.Varint):
                    Refuse(input.ReadBool(), "puts spaces after words");
                    break;
                case (Trainer, >= UnknownField and <= PaddingField and var field, WireFormat.WireType.Varint):
                    trainer[field] = input.ReadInt32();
                    break;
                case (Normalizer, TableField, WireFormat.WireType.LengthDelimited):
                    Refuse(input.ReadBytes().Length > 0, "normalises text by a table (such as nmt_nfkc)");
                    break;
                case (Normalizer, PrefixField, WireFormat.WireType.Varint):
                    AddsPrefix = input.ReadBool();
                    break;
                case (Normalizer, ExtraSpaceField, WireFormat.WireType.Varint):
                    DropsExtraSpaces = input.ReadBool();
                    break;
                case (Normalizer, EscapeField, WireFormat.WireType.Varint):
                    Refuse(!input.ReadBool(), "keeps spaces as they are");
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
        if (part != Pieces)
            return;
        Tokens.Add(text);
        kinds.Add(kind);
    }

    private void Refuse(bool isSo, string what)
    {
        if (isSo)
            throw new FrugalException($"{Source} {what}, which Frugal has not; it reads models that leave the text as it is but for spaces, as LLaMA's.");
    }

    private string? At(int field) => trainer[field] is >= 0 and var id && id < Tokens.Count ? Tokens[id] : null;
}

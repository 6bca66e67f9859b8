namespace Frugal.Graphs.Onnx.Runtime;

/// <summary>Reads a protobuf message field by field (protobuf.dev, "Encoding"), without copying and never beyond its end.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0, Fixed64 = 1, Length = 2, Fixed32 = 5;

    private ReadOnlySpan<byte> rest = message;

    /// <summary>The bytes of the field that was read last, where it has a length.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>The integer of the field that was read last, where it is one.</summary>
    public ulong Integer { get; private set; }

    /// <summary>Reads the next field; false at the end.</summary>
    /// <exception cref="GraphException">The message is damaged.</exception>
    public bool Next(out int field, out int type)
    {
        (field, type) = (0, 0);
        if (rest.IsEmpty)
            return false;
        ulong tag = ReadVarint();
        (field, type) = ((int)Math.Min(tag >> 3, int.MaxValue), (int)(tag & 7));
        if (field == 0)
            throw Damaged();
        Bytes = [];
        switch (type)
        {
            case Varint:
                Integer = ReadVarint();
                break;
            case Length:
                Bytes = Take(ReadVarint());
                break;
            case Fixed64:
                Take(sizeof(ulong));
                break;
            case Fixed32:
                Take(sizeof(uint));
                break;
            default:
                throw Damaged();
        }
        return true;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)rest.Length)
            throw Damaged();
        var taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte part = Take(1)[0];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
        throw Damaged();
    }

    private static GraphException Damaged() => new("The model's ONNX file is damaged, or no ONNX file; export the model again.");
}

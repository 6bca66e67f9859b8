using System.Buffers.Binary;
using System.Text;

namespace Frugal.Graphs.Onnx.Model;

/// <summary>
/// A protobuf message by field numbers (protobuf.dev, "Encoding"). Its length is known before it is written, so that weights stream from the model to the file.
/// </summary>
internal sealed class ProtoMessage
{
    private const int VarintType = 0, LengthType = 2, FixedType = 5;

    private readonly List<(long Length, Action<Stream> Write)> parts = [];

    /// <summary>Bytes of the message, without a length in front.</summary>
    public long Length { get; private set; }

    /// <summary>An integer, a truth value or a member of an enumeration.</summary>
    public ProtoMessage Integer(int field, long value) => Add([.. Tag(field, VarintType), .. Varint((ulong)value)]);

    public ProtoMessage Single(int field, float value)
    {
        var bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return Add([.. Tag(field, FixedType), .. bytes]);
    }

    public ProtoMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoMessage Bytes(int field, byte[] value) => Add([.. Tag(field, LengthType), .. Varint((ulong)value.Length), .. value]);

    /// <summary>A list of integers in one piece.</summary>
    public ProtoMessage Integers(int field, IEnumerable<long> values) => Bytes(field, [.. values.SelectMany(value => Varint((ulong)value))]);

    /// <summary>A list of numbers in one piece.</summary>
    public ProtoMessage Singles(int field, IEnumerable<float> values) => Bytes(field, [.. values.SelectMany(BitConverter.GetBytes)]);

    public ProtoMessage Message(int field, ProtoMessage value) => Stream(field, value.Length, value.WriteTo);

    /// <summary>A list of messages.</summary>
    public ProtoMessage Messages(int field, IEnumerable<ProtoMessage> values)
    {
        foreach (var value in values)
            Message(field, value);
        return this;
    }

    /// <summary>Bytes that are written when their turn comes.</summary>
    public ProtoMessage Stream(int field, long length, Action<Stream> write)
    {
        Add([.. Tag(field, LengthType), .. Varint((ulong)length)]);
        parts.Add((length, write));
        Length += length;
        return this;
    }

    public void WriteTo(Stream stream)
    {
        foreach (var (_, write) in parts)
            write(stream);
    }

    private ProtoMessage Add(byte[] bytes)
    {
        parts.Add((bytes.Length, stream => stream.Write(bytes)));
        Length += bytes.Length;
        return this;
    }

    private static byte[] Tag(int field, int type) => Varint(((ulong)field << 3) | (uint)type);

    private static byte[] Varint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        var count = 0;
        for (; value >= 0x80; value >>= 7)
            bytes[count++] = (byte)(value | 0x80);
        bytes[count++] = (byte)value;
        return bytes[..count].ToArray();
    }
}

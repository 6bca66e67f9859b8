using System.Buffers;
using System.Text;

namespace Frugal.Kernels.Benchmarks;

/// <summary>The few shapes of a protobuf message that <see cref="LayerModel"/> needs.</summary>
internal sealed class ProtoWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

    public ProtoWriter Number(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    public ProtoWriter Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint((ulong)field << 3 | 2);
        Varint((ulong)value.Length);
        _buffer.Write(value);
        return this;
    }

    public ProtoWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoWriter Message(int field, ProtoWriter value) => Bytes(field, value._buffer.WrittenSpan);

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _buffer.Write([(byte)(value | 0x80)]);
        _buffer.Write([(byte)value]);
    }
}

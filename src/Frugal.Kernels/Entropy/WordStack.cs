using System.Buffers.Binary;

namespace Frugal.Kernels;

/// <summary>Words of 32 bits that come out in the opposite order to that in which they went in.</summary>
internal sealed class WordStack(int capacity)
{
    private uint[] _words = new uint[capacity];
    private int _count;

    public void Push(uint word)
    {
        if (_count == _words.Length)
            Array.Resize(ref _words, _words.Length * 2);
        _words[_count++] = word;
    }

    /// <summary>All words, the last first, little-endian.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[_count * sizeof(uint)];
        for (int i = 0; i < _count; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((_count - 1 - i) * sizeof(uint)), _words[i]);
        return bytes;
    }
}

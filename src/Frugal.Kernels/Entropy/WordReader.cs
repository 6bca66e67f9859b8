using System.Buffers.Binary;

namespace Frugal.Kernels;

/// <summary>The decoder's state, and the words that feed it.</summary>
internal ref struct WordReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private ulong _state;
    private int _position;

    public WordReader(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(ulong) || bytes.Length % sizeof(uint) != 0)
            throw new FrugalException($"Coded bytes come in words of four and are at least eight; these are {bytes.Length}.");
        _bytes = bytes;
        _state = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        _position = sizeof(ulong);
    }

    /// <summary>The point of the range that the next symbol covers.</summary>
    public readonly uint Point => (uint)_state & (CdfQuantizer.Total - 1);

    /// <summary>Takes a symbol out.</summary>
    public void Pop(in CodedSymbol symbol)
    {
        _state = symbol.Width * (_state >> CdfQuantizer.Precision) + Point - symbol.Start;
        Refill();
    }

    /// <summary>Takes plain bits out.</summary>
    public uint PopBits(int count)
    {
        uint bits = (uint)_state & ((1U << count) - 1);
        _state >>= count;
        Refill();
        return bits;
    }

    /// <summary>The coder ends as it began: a string that was cut, lengthened or changed hardly ever does.</summary>
    /// <exception cref="FrugalException">It does not.</exception>
    public readonly void RequireEnd()
    {
        if (_state != RangeCoder.Lowest || _position != _bytes.Length)
            throw new FrugalException("The coded bytes are broken, or were made with other tables or for another count of numbers.");
    }

    private void Refill()
    {
        if (_state >= RangeCoder.Lowest)
            return;
        if (_position == _bytes.Length)
            throw new FrugalException($"The coded bytes end early, after {_bytes.Length}.");
        _state = (_state << 32) | BinaryPrimitives.ReadUInt32LittleEndian(_bytes[_position..]);
        _position += sizeof(uint);
    }
}

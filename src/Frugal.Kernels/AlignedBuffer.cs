using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>
/// Memory that starts on a cache line and never moves: an array on the pinned heap, of which the first few elements are skipped.
/// The collector frees it like any array, so a pointer is good for as long as the buffer is reachable: keep it alive across a kernel.
/// </summary>
/// <typeparam name="T">Element type.</typeparam>
internal sealed unsafe class AlignedBuffer<T> where T : unmanaged
{
    /// <summary>Bytes in a cache line, and the width of the widest vector.</summary>
    public const int Alignment = 64;

    private readonly T[] _array;
    private readonly int _offset;

    /// <summary>Zeroed memory for <paramref name="length"/> elements.</summary>
    public AlignedBuffer(int length)
    {
        _array = GC.AllocateArray<T>(checked(length + Alignment / sizeof(T)), pinned: true);
        Length = length;
        var start = (nuint)Unsafe.AsPointer(ref _array[0]);
        _offset = (int)(((Alignment - start % Alignment) % Alignment) / (nuint)sizeof(T));
    }

    /// <summary>A copy of <paramref name="source"/>.</summary>
    public AlignedBuffer(ReadOnlySpan<T> source) : this(source.Length) => source.CopyTo(Span);

    public int Length { get; }

    public long Bytes => (long)Length * sizeof(T);

    public Span<T> Span => _array.AsSpan(_offset, Length);

    public T* Pointer => (T*)Unsafe.AsPointer(ref _array[_offset]);
}

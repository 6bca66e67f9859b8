using System.Runtime.InteropServices;

namespace Frugal.Kernels;

/// <summary>
/// A packed layer as named arrays, for a file: write each as one tensor, keep <see cref="Format"/> beside them, and hand both to
/// <see cref="PackedLinear.Import"/>. What comes from a file is not trusted: importing checks sizes, ranges and order first.
/// </summary>
public sealed class PackedArrays
{
    private readonly IReadOnlyDictionary<string, PackedArray> _arrays;

    /// <param name="format">The format's name, such as <see cref="PackedSparse.Format"/>.</param>
    /// <param name="arrays">The arrays by name.</param>
    public PackedArrays(string format, IReadOnlyDictionary<string, PackedArray> arrays)
    {
        ArgumentNullException.ThrowIfNull(format);
        ArgumentNullException.ThrowIfNull(arrays);
        Format = format;
        _arrays = arrays;
    }

    /// <summary>The format's name.</summary>
    public string Format { get; }

    /// <summary>The arrays by name.</summary>
    public IReadOnlyDictionary<string, PackedArray> Arrays => _arrays;

    /// <summary>Bytes of all arrays: what the layer takes in a file.</summary>
    public long Bytes => _arrays.Values.Sum(array => (long)array.Data.Length);

    /// <summary>The elements of an array.</summary>
    /// <exception cref="FrugalException">The array is absent, of another element type, or not as long as it says.</exception>
    internal ReadOnlySpan<T> Read<T>(string name, PackedElement element) where T : unmanaged
    {
        if (!_arrays.TryGetValue(name, out var array) || array is null)
            throw Malformed($"array '{name}' is missing; present are {string.Join(", ", _arrays.Keys.Order(StringComparer.Ordinal))}");
        if (array.Element != element)
            throw Malformed($"array '{name}' holds {array.Element}, and {element} is needed");
        if (array.Length < 0 || array.Data.Length != (long)array.Length * PackedArray.ElementBytes(element))
            throw Malformed($"array '{name}' says {array.Length} elements of {element} and has {array.Data.Length} bytes");
        // A copy, since a slice of a file need not lie on a multiple of the element's size.
        var elements = new T[array.Length];
        array.Data.Span.CopyTo(MemoryMarshal.AsBytes(elements.AsSpan()));
        return elements;
    }

    internal FrugalException Malformed(string what) =>
        new($"Packed layer of format '{Format}' cannot be used: {what}. Pack the layer again from its weights.");
}

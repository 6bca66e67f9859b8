namespace Frugal.Graphs.Capturing;

/// <summary>
/// A <c>c10::IValue</c> of libtorch 2.10: eight bytes of content and a tag. What it holds by reference starts with a table of virtual functions and a reference
/// count, eight bytes each.
/// </summary>
internal readonly unsafe ref struct NativeValue(nint address)
{
    private const int TagOffset = 8, HeaderLength = 16;

    public const int TensorTag = 1;

    private enum Tag
    {
        None = 0,
        Tensor = TensorTag,
        Double = 3,
        Int = 5,
        Bool = 10,
        String = 12,
        List = 14,
        Device = 18,
    }

    public int RawTag => *(int*)(address + TagOffset);

    /// <summary>Address of the <c>c10::TensorImpl</c> of a tensor.</summary>
    public nint TensorAddress => *(nint*)address;

    /// <summary>The value for people and programs: null, bool, long, double, string, what <paramref name="tensor"/> makes of a tensor's address, or a list of these.</summary>
    public object? Read(Func<nint, object?> tensor)
    {
        switch ((Tag)RawTag)
        {
            case Tag.None:
                return null;
            case Tag.Tensor:
                return tensor(TensorAddress);
            case Tag.Double:
                return *(double*)address;
            case Tag.Int:
                return *(long*)address;
            case Tag.Bool:
                return *(byte*)address != 0;
            case Tag.String:
                return RecordedCall.Text(*(nint*)address + HeaderLength);
            case Tag.List:
                var values = NativeValues.OfVector(*(nint*)address + HeaderLength);
                var list = new object?[values.Count];
                for (var i = 0; i < list.Length; i++)
                    list[i] = values[i].Read(tensor);
                return list;
            case Tag.Device:
                return $"device:{*(sbyte*)address}:{*(sbyte*)(address + 1)}";
            default:
                // Generators, streams and the like say nothing about the computation.
                return $"tag:{RawTag}";
        }
    }
}

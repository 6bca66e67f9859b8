namespace Frugal.Graphs.Capturing;

/// <summary>A row of <c>c10::IValue</c>s in libtorch's memory.</summary>
internal readonly unsafe ref struct NativeValues(nint first, nint count)
{
    private const int Length = 16;

    public static NativeValues OfVector(nint vector)
    {
        var (first, end) = (*(nint*)vector, *(nint*)(vector + sizeof(nint)));
        return new NativeValues(first, (end - first) / Length);
    }

    public nint Address => first;

    public int Count => checked((int)count);

    public NativeValue this[int index] => new(first + index * Length);
}

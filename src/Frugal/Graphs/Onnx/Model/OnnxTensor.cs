using System.Runtime.InteropServices;

namespace Frugal.Graphs.Onnx.Model;

/// <summary>A constant of the model: a weight, or a number that an operator takes.</summary>
/// <param name="Name">Name by which nodes refer to it.</param>
/// <param name="Element">Element type, see <see cref="OnnxElement"/>.</param>
/// <param name="Shape">Sizes of the dimensions.</param>
/// <param name="Data">The elements.</param>
internal sealed record OnnxTensor(string Name, int Element, IReadOnlyList<long> Shape, OnnxData Data)
{
    /// <summary>Number of elements.</summary>
    public long NumElements => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>A constant with these elements, row-major.</summary>
    public static OnnxTensor Of<T>(string name, int element, IReadOnlyList<long> shape, T[] values) where T : unmanaged =>
        new(name, element, shape, OnnxData.Of(MemoryMarshal.AsBytes<T>(values).ToArray()));

    /// <summary>The elements, row-major.</summary>
    public T[] Read<T>() where T : unmanaged
    {
        using var stream = new MemoryStream(checked((int)Data.Length));
        Data.WriteTo(stream);
        return MemoryMarshal.Cast<byte, T>(stream.GetBuffer().AsSpan(0, (int)stream.Length)).ToArray();
    }

    /// <summary>The message, with the elements inside.</summary>
    public ProtoMessage Message() => Header().Stream(9, Data.Length, Data.WriteTo);

    /// <summary>The message for elements that lie in a file beside the model.</summary>
    public ProtoMessage Message(string file, long offset) => Header()
        .Message(13, Entry("location", file))
        .Message(13, Entry("offset", $"{offset}"))
        .Message(13, Entry("length", $"{Data.Length}"))
        .Integer(14, 1);

    private ProtoMessage Header() => new ProtoMessage().Integers(1, Shape).Integer(2, Element).Text(8, Name);

    private static ProtoMessage Entry(string key, string value) => new ProtoMessage().Text(1, key).Text(2, value);
}

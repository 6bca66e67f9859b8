namespace Frugal.Interop;

/// <summary>One tensor of a safetensors file as its header describes it; the description was checked against the file.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Dtype">The type of its elements.</param>
/// <param name="Shape">Its dimensions; empty for a scalar.</param>
/// <param name="Offset">Where its bytes start, counted from the end of the header.</param>
/// <param name="Bytes">How many bytes it has.</param>
public sealed record SafetensorsEntry(string Name, SafetensorsDtype Dtype, IReadOnlyList<long> Shape, long Offset, long Bytes)
{
    /// <summary>The number of elements, the product of <see cref="Shape"/>.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>As in messages: <c>F32 [64, 3, 7, 7]</c>.</summary>
    public override string ToString() => $"{SafetensorsDtypes.NameOf(Dtype)} [{string.Join(", ", Shape)}]";
}

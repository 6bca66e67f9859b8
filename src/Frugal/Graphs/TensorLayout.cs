namespace Frugal.Graphs;

/// <summary>Where a tensor's elements lie in its storage.</summary>
/// <param name="Shape">Sizes of the dimensions.</param>
/// <param name="Strides">Elements between neighbours along each dimension.</param>
/// <param name="Offset">Elements from the storage's start to the first one.</param>
public sealed record TensorLayout(IReadOnlyList<long> Shape, IReadOnlyList<long> Strides, long Offset)
{
    /// <summary>Number of elements.</summary>
    public long NumElements => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>The shape as <c>[2, 3]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Shape)}]";
}

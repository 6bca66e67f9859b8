namespace Frugal.Graphs;

/// <summary>Where a tensor's elements lie in its storage.</summary>
/// <param name="Shape">Sizes of the dimensions.</param>
/// <param name="Strides">Elements between neighbours along each dimension.</param>
/// <param name="Offset">Elements from the storage's start to the first one.</param>
public sealed record TensorLayout(IReadOnlyList<long> Shape, IReadOnlyList<long> Strides, long Offset)
{
    /// <summary>Number of elements.</summary>
    public long NumElements => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Elements from the storage's start to the last one of the tensor; a dimension of stride 0 repeats and reaches no further.</summary>
    public long Reach => NumElements == 0 ? 0 : Offset + 1 + Shape.Zip(Strides, (size, stride) => (size - 1) * stride).Sum();

    /// <summary>The same elements of a storage, in the same order.</summary>
    public bool Equals(TensorLayout? other) =>
        other is not null && Offset == other.Offset && Shape.SequenceEqual(other.Shape) && Strides.SequenceEqual(other.Strides);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Offset, NumElements);

    /// <summary>The shape as <c>[2, 3]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Shape)}]";
}

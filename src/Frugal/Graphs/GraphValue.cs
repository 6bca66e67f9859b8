using static TorchSharp.torch;

namespace Frugal.Graphs;

/// <summary>
/// A tensor of the captured computation at one moment. An in-place operator does not change a value: its result is a new one with the same storage.
/// </summary>
public sealed class GraphValue
{
    internal GraphValue(int id, ValueRole role, string name, ScalarType type, TensorLayout layout, GraphStorage storage) =>
        (Id, Role, Name, DType, Layout, Storage) = (id, role, name, type, layout, storage);

    /// <summary>Number in the order of definition, unique in the graph.</summary>
    public int Id { get; }

    /// <summary>Where the value comes from.</summary>
    public ValueRole Role { get; }

    /// <summary>The name of an input or parameter; empty for others.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public ScalarType DType { get; }

    /// <summary>Sizes of the dimensions in the captured run.</summary>
    public IReadOnlyList<long> Shape => Layout.Shape;

    /// <summary>Where the elements lie in the storage.</summary>
    public TensorLayout Layout { get; }

    /// <summary>The memory it lives in, shared with its views.</summary>
    public GraphStorage Storage { get; }

    /// <summary>Number of elements.</summary>
    public long NumElements => Layout.NumElements;

    /// <summary>The elements of a <see cref="ValueRole.Constant"/>, or null where the tensor was gone before it could be read.</summary>
    public ConstantData? Constant { get; internal set; }

    /// <summary>The name, or the number, with the shape: <c>fc.weight [1000, 512]</c>.</summary>
    public override string ToString() => $"{(Name.Length > 0 ? Name : $"%{Id}")} {Layout}";
}

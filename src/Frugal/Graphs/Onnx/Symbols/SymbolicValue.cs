using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Symbols;

/// <summary>A tensor of the graph with a shape that holds for every batch size and dynamic length.</summary>
internal sealed record SymbolicValue(GraphValue Captured, IReadOnlyList<Extent> Shape, Runs Runs)
{
    public ScalarType DType => Captured.DType;

    public int Rank => Shape.Count;

    public bool IsStatic => Shape.All(size => size.IsConstant);

    /// <summary>For a constant of one element that is another number in each run, e.g. a size that the model divides by: that number; null for all others.</summary>
    public Extent? Number { get; init; }

    public bool Equals(SymbolicValue? other) => ReferenceEquals(Captured, other?.Captured);

    public override int GetHashCode() => Captured.GetHashCode();

    public override string ToString() => $"[{string.Join(", ", Shape.Select(Runs.NameOf))}]";
}

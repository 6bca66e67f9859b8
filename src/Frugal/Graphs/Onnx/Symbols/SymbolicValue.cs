using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Symbols;

/// <summary>A tensor of the graph with a shape that holds for every batch size.</summary>
internal sealed record SymbolicValue(GraphValue Captured, IReadOnlyList<Extent> Shape)
{
    public ScalarType DType => Captured.DType;

    public int Rank => Shape.Count;

    public bool IsStatic => Shape.All(size => size.IsConstant);

    public bool Equals(SymbolicValue? other) => ReferenceEquals(Captured, other?.Captured);

    public override int GetHashCode() => Captured.GetHashCode();

    public override string ToString() => $"[{string.Join(", ", Shape)}]";
}

namespace Frugal.Graphs.Onnx.Symbols;

/// <summary>A part of an integer's formula: a factor times the product of sizes, e.g. <c>3 · batch · sequence</c>; without names a plain number.</summary>
/// <param name="Factor">The factor, not zero.</param>
/// <param name="Names">Names of the sizes.</param>
internal sealed record ExtentTerm(long Factor, IReadOnlyList<string> Names)
{
    public override string ToString() => Names.Count == 0 ? $"{Factor}" : $"{(Factor == 1 ? "" : $"{Factor}*")}{string.Join('*', Names)}";
}

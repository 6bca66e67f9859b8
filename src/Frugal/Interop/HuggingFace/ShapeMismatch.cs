namespace Frugal.Interop;

/// <summary>A tensor whose shape in the file is not the model's.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Expected">The model's shape.</param>
/// <param name="Found">The file's shape.</param>
public sealed record ShapeMismatch(string Name, IReadOnlyList<long> Expected, IReadOnlyList<long> Found)
{
    /// <summary>As in messages: <c>head.weight: [10, 64] expected, [1000, 64] found</c>; a matrix that lies the other way round is said to be transposed.</summary>
    public override string ToString() => $"{Name}: [{string.Join(", ", Expected)}] expected, [{string.Join(", ", Found)}] found{(Expected.Count == 2 && Found.SequenceEqual(Expected.Reverse()) ? ", transposed" : "")}";
}

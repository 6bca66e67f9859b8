namespace Frugal.Graphs.Onnx;

/// <summary>What an export to ONNX has written, and how close it is to the model.</summary>
/// <param name="Path">The file.</param>
/// <param name="DataPath">The file beside it with the weights, or null where they fit into the first.</param>
/// <param name="Bytes">Length of both.</param>
/// <param name="Opset">Version of ONNX's operator set that it needs.</param>
/// <param name="Nodes">Number of operators.</param>
/// <param name="BatchSizes">Batch sizes that it was tried with.</param>
/// <param name="MaxAbsolute">Largest difference to libtorch.</param>
/// <param name="MaxRelative">Largest difference as a part of the largest output.</param>
public sealed record OnnxExport(
    string Path, string? DataPath, long Bytes, int Opset, int Nodes, IReadOnlyList<long> BatchSizes, double MaxAbsolute, double MaxRelative)
{
    /// <summary>For each dynamic length those that it was tried with, one for each batch size.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<long>> Lengths { get; init; } = new Dictionary<string, IReadOnlyList<long>>();
}

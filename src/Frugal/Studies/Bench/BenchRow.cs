namespace Frugal.Studies.Bench;

/// <summary>A network or one of its layers at one batch size.</summary>
/// <param name="Path">Path of the layer, empty for the whole network; of the first one where several are alike.</param>
/// <param name="Type">Type name of the module.</param>
/// <param name="Count">How many layers are like this one and were measured once.</param>
/// <param name="InputShape">Shape of the input, batch first.</param>
/// <param name="Times">The forms, the one that the others are compared with first.</param>
public sealed record BenchRow(string Path, string Type, int Count, IReadOnlyList<long> InputShape, IReadOnlyList<BenchTime> Times);

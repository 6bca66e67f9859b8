namespace Frugal.Graphs.Onnx.Quantization;

/// <summary>What became of a model that was written with 8-bit integers.</summary>
/// <param name="Layers">Paths of the layers that compute with integers; a path appears once however many products it makes.</param>
/// <param name="MaxDifference">Largest difference of an output to the same rounding in floating point, as a part of the largest output.</param>
/// <param name="MaxError">Largest difference of an output to the model in floating point, likewise: the price of the rounding.</param>
public sealed record Int8Report(IReadOnlyList<string> Layers, double MaxDifference, double MaxError);

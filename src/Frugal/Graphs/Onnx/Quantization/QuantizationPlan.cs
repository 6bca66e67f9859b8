using Frugal.Graphs.Onnx.Calibration;

namespace Frugal.Graphs.Onnx.Quantization;

/// <summary>What becomes 8-bit in a model: values that are computed, and products with their weights.</summary>
/// <param name="Activations">The steps of each value, by name.</param>
/// <param name="Operators">The products, by the name of their result.</param>
internal sealed record QuantizationPlan(IReadOnlyDictionary<string, ActivationCode> Activations, IReadOnlyDictionary<string, QuantizedOperator> Operators);

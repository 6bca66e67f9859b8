namespace Frugal.Studies.Bench;

/// <summary>How long one form of a network or layer takes.</summary>
/// <param name="Form"><c>libtorch</c>, <c>onnx fp32</c>, <c>onnx int8</c>, <c>packed</c>, or <c>onnx file</c> for a finished one.</param>
/// <param name="Microseconds">Median time of a call.</param>
/// <param name="Speedup">Time of the first form ÷ this one's, median of neighbouring slices; 1 for the first itself.</param>
/// <param name="CeilingShare">The least time that this machine could take (see <see cref="Kernels.MachineCeiling.LeastSeconds"/>) ÷ the median time; absent where it is not known.</param>
public sealed record BenchTime(string Form, double Microseconds, double Speedup, double? CeilingShare);

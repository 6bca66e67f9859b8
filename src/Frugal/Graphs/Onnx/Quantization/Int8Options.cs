using Frugal.Graphs.Onnx.Calibration;

namespace Frugal.Graphs.Onnx.Quantization;

/// <summary>How a model is written with 8-bit integers.</summary>
public sealed class Int8Options
{
    /// <summary>How the ranges of activations are found.</summary>
    public CalibrationMethod Method { get; init; } = CalibrationMethod.MinMax;

    /// <summary>Percentage of an activation's values that <see cref="CalibrationMethod.Percentile"/> leaves below the upper end, and above the lower one. Default 99.99.</summary>
    public double Percentile { get; init => field = Guard.Between(value, 50, 100); } = 99.99;

    /// <summary>
    /// Whether weights use 7 of their 8 bits. Processors without VNNI add pairs of products in 16 bits, which two large ones run over: the results are then wrong by more than rounding.
    /// </summary>
    public bool ReduceRange { get; init; }

    /// <summary>Largest difference between the integer kernels and the same rounding in floating point that is accepted, as a part of the largest output. Default 0.05.</summary>
    public double Tolerance { get; init => field = Guard.Positive(value); } = 0.05;

    /// <summary>From the paths of the layers that can be quantised, those that are; null for all.</summary>
    public Func<IReadOnlyList<string>, IReadOnlyCollection<string>>? Choose { get; init; }
}

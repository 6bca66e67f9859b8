using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Runtime;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Quantization;

/// <summary>
/// Runs a model with integers beside its simulation and the original. Where a value lies between two steps, kernels may round it to either, and the layers after it carry that on;
/// the tolerance is for this. Sums that run over exceed it by far.
/// </summary>
internal static class Int8Trial
{
    /// <summary>Largest differences to the simulation and to the original, as parts of the largest output.</summary>
    /// <exception cref="GraphException">ONNX Runtime refuses the model, or it and the simulation differ by more than the tolerance.</exception>
    public static (double Difference, double Error) Compare(OnnxModel integers, OnnxModel simulation, OnnxModel original, Tensor examples, double tolerance)
    {
        using var scope = NewDisposeScope();
        var (actual, simulated, expected) = (Run(integers, examples), Run(simulation, examples), Run(original, examples));
        var (difference, error) = (Distance(actual, simulated), Distance(actual, expected));
        return difference <= tolerance
            ? (difference, error)
            : throw new GraphException(Invariant(
                $"ONNX Runtime's integer kernels and the same rounding in floating point differ by {difference:0.##e+0} of the largest output, more than the tolerance of {tolerance:0.##e+0} allows. On a processor without VNNI sums of products can run over; `reduce-range` prevents that."));
    }

    private static IReadOnlyList<Tensor> Run(OnnxModel model, Tensor examples)
    {
        using var session = new OnnxSession(model.ToArray());
        return session.Run([examples]);
    }

    private static double Distance(IReadOnlyList<Tensor> actual, IReadOnlyList<Tensor> expected) => actual.Zip(expected, (result, reference) =>
    {
        var difference = (result.to(ScalarType.Float64) - reference.to(ScalarType.Float64)).abs().max().item<double>();
        return difference == 0 ? 0 : difference / reference.to(ScalarType.Float64).abs().max().item<double>();
    }).Max();
}

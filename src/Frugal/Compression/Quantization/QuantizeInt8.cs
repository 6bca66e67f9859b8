using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Graphs.Onnx.Calibration;
using Frugal.Graphs.Onnx.Quantization;
using Frugal.Models.Runtime;
using Frugal.Recipes;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Frugal.Compression.Quantization;

/// <summary>
/// Static quantisation after training: convolutions, linear layers and products with constant matrices get 8-bit weights, a scale for each output channel, and 8-bit activations whose
/// ranges are measured on training examples; batch norms are folded before. The result is an ONNX file a quarter as large that runs under ONNX Runtime with integer kernels. A last step:
/// what was quantised cannot be trained.
/// </summary>
[Entry("quantize-int8")]
[Capabilities(WorksOn = ["Linear", "Conv2d"], CombinesWith = ["train", "low-rank"], NeedsData = true, ChangesShapes = true)]
public sealed class QuantizeInt8 : LayerStep
{
    /// <summary>Training examples on which the ranges of activations are measured, drawn at random; all of them where there are not so many.</summary>
    [Range(1, 1_000_000)]
    [Shorthand]
    public int Calibration { get; init => field = Guard.Between(value, 1, 1_000_000); } = 256;

    /// <summary>How a range is found from what was measured.</summary>
    public CalibrationMethod Method { get; init; } = CalibrationMethod.MinMax;

    /// <summary>For the percentile method: percentage of the values below the upper end of the range, and above the lower one.</summary>
    [Range(50, 100)]
    public double Percentile { get; init => field = Guard.Between(value, 50, 100); } = 99.99;

    /// <summary>
    /// True to use 7 of a weight's 8 bits, for processors without VNNI: they add products in 16 bits, which large ones run over.
    /// </summary>
    public bool ReduceRange { get; init; }

    /// <summary>Largest difference between the integer kernels and the same rounding in floating point that is accepted, as a part of the largest output.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Tolerance { get; init => field = Guard.Positive(value); } = 0.05;

    /// <inheritdoc/>
    public override bool IsTimed => true;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model is not on the CPU, cannot be exported, has no layer to quantise, or the integer kernels compute something else; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject.Device.type != DeviceType.CPU)
            throw new FrugalException($"quantize-int8 makes a model for the CPU, but this one is on {subject.Device}; run the recipe with --device cpu.");
        using var scope = NewDisposeScope();
        var (model, info) = (subject.Model, subject.Data.Info);
        var graph = Graph.Capture(model, model.Example(1));
        var export = new OnnxExportOptions { Seed = subject.Random.Seed, Metadata = OnnxMetadata.Of(model, info) };
        var examples = CalibrationExamples.Of(subject.Data.Train, Calibration, subject.Random);
        var (onnx, report) = Int8Quantizer.Quantize(OnnxExporter.InMemory(graph, export), examples, new Int8Options
        {
            Method = Method,
            Percentile = Percentile,
            ReduceRange = ReduceRange,
            Tolerance = Tolerance,
            Choose = paths => Selection.Of(paths, "layer that can be quantised", model.GetName()),
        });
        subject.Model = RuntimeModel.Of(model, graph, onnx);
        model.Dispose();
        subject.Report(new RunEvent.Note(Invariant(
            $"quantize-int8: {report.Layers.Count} layers compute with 8-bit integers; the outputs differ from the model in floating point by at most {report.MaxError:0.#e+0} of the largest, and from the same rounding in floating point by {report.MaxDifference:0.#e+0}.")));
        return subject;
    }
}

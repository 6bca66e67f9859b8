using Frugal.Graphs.Capturing;
using Frugal.Native;
using Microsoft.ML.OnnxRuntime;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx;

/// <summary>Runs an exported model under ONNX Runtime beside the model itself on random inputs.</summary>
internal sealed class OnnxTrial(Graph graph, Func<SessionOptions, InferenceSession> open, OnnxExportOptions options)
{
    /// <summary>The largest difference over all sizes and outputs, and the largest as a part of the largest output.</summary>
    /// <exception cref="GraphException">ONNX Runtime refuses the model, or they differ by more than the tolerance.</exception>
    public (double Absolute, double Relative) Compare(IEnumerable<CaptureSizes> trials)
    {
        var random = new RandomStreams(options.Seed);
        var (absolute, relative) = (0.0, 0.0);
        try
        {
            using var settings = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            using var session = open(settings);
            foreach (var sizes in trials)
            {
                using var scope = NewDisposeScope();
                var inputs = graph.Examples.Select((example, i) => RandomInput.Like(example, sizes, random.At("onnx-trial", sizes.Batch, i))).ToList();
                var difference = Compare(inputs, Actual(session, inputs), sizes);
                (absolute, relative) = (Math.Max(absolute, difference.Absolute), Math.Max(relative, difference.Relative));
            }
        }
        catch (OnnxRuntimeException error)
        {
            throw new GraphException($"ONNX Runtime refuses the exported model, so no file was written: {error.Message}", error);
        }
        return (absolute, relative);
    }

    /// <summary>Differences to the model; where they are too large, to the model with libtorch's own kernels, since oneDNN's are not always right.</summary>
    private (double Absolute, double Relative) Compare(IReadOnlyList<Tensor> inputs, List<Tensor> actual, CaptureSizes sizes)
    {
        try
        {
            return Difference(Expected(inputs), actual, sizes);
        }
        catch (GraphException)
        {
            List<Tensor> expected = [];
            if (!LibTorch.Context.WithOneDnn(false, () => expected = Expected(inputs)))
                throw;
            return Difference(expected, actual, sizes);
        }
    }

    private (double Absolute, double Relative) Difference(List<Tensor> expected, List<Tensor> actual, CaptureSizes sizes)
    {
        var (absolute, relative) = (0.0, 0.0);
        for (var i = 0; i < expected.Count; i++)
        {
            var (difference, part) = Difference(expected[i], actual[i], sizes, i);
            (absolute, relative) = (Math.Max(absolute, difference), Math.Max(relative, part));
        }
        return (absolute, relative);
    }

    private List<Tensor> Expected(IReadOnlyList<Tensor> inputs)
    {
        var modules = graph.Model.Module.named_modules().Select(child => child.module);
        using var evaluation = new EvaluationMode(graph.Model.Module, modules);
        return [.. graph.Model.Forward(inputs).Select(output => output.cpu().contiguous())];
    }

    private static List<Tensor> Actual(InferenceSession session, IReadOnlyList<Tensor> inputs)
    {
        List<OrtValue> values = [];
        try
        {
            values.AddRange(inputs.Select(OrtTensors.Of));
            using var run = new RunOptions();
            using var results = session.Run(run, session.InputNames, values, session.OutputNames);
            return [.. results.Select(OrtTensors.Read)];
        }
        finally
        {
            values.ForEach(value => value.Dispose());
        }
    }

    private (double Absolute, double Relative) Difference(Tensor expected, Tensor actual, CaptureSizes sizes, int output)
    {
        var place = Invariant($"output {output} for {sizes}");
        if (!expected.shape.SequenceEqual(actual.shape) || expected.dtype != actual.dtype)
        {
            throw new GraphException(
                $"ONNX Runtime returns {actual.dtype} [{string.Join(", ", actual.shape)}] for {place}, libtorch {expected.dtype} [{string.Join(", ", expected.shape)}]; no file was written.");
        }
        if (expected.numel() == 0)
            return (0, 0);
        using var scope = NewDisposeScope();
        var (reference, result) = (expected.to(ScalarType.Float64), actual.to(ScalarType.Float64));
        // Equal infinities and undefined values in the same places are no difference.
        var isSame = reference.eq(result).logical_or(reference.isnan().logical_and(result.isnan()));
        var difference = where(isSame, zeros_like(reference), (reference - result).abs()).nan_to_num(double.PositiveInfinity).max().item<double>();
        var magnitude = where(reference.isfinite(), reference.abs(), zeros_like(reference)).max().item<double>();
        var relative = difference == 0 ? 0 : difference / magnitude;
        if (!(relative <= options.Tolerance || difference <= options.AbsoluteTolerance))
        {
            throw new GraphException(Invariant(
                $"ONNX Runtime and libtorch differ in {place} by {difference:0.##e+0} where the largest element is {magnitude:0.##e+0}, more than the tolerance of {options.Tolerance:0.##e+0} allows; no file was written."));
        }
        return (difference, relative);
    }
}

using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Graphs.Onnx.Quantization;
using Frugal.Models;
using Frugal.Models.Runtime;
using Frugal.Models.Vision;
using Frugal.Recipes;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Frugal.Benchmarks;

/// <summary>Latency of exported networks under ONNX Runtime against libtorch, in floating point and with 8-bit integers. The weights are random: what is measured is time.</summary>
internal sealed class RuntimeLatency(string name, ModelConfig config, IReadOnlyList<int> batchSizes, int rounds)
{
    private const int CalibrationBatch = 8;

    /// <summary>The table.</summary>
    public static IEnumerable<string> Lines(Arguments arguments)
    {
        yield return "Ratio = time of libtorch ÷ time of ONNX Runtime, median of slices in turn; above 1, ONNX Runtime is faster.";
        yield return "";
        yield return "| network | batch | libtorch ms | fp32 ratio | int8 ratio |";
        yield return "| --- | --- | --- | --- | --- |";
        foreach (var (name, config) in new (string, ModelConfig)[]
            { ("quickstart mlp", new MlpConfig { HiddenSizes = [512, 256] }), ("resnet50", ResNetConfig.ResNet50), ("vit_base_patch16_224", VisionTransformerConfig.BasePatch16) })
        {
            if (!name.Contains(arguments.Text("--only", ""), StringComparison.Ordinal))
                continue;
            foreach (string row in new RuntimeLatency(name, config.Complete(), arguments.Numbers("--batches", "1,32"), arguments.Number("--rounds", 15)).Rows())
                yield return row;
        }
    }

    private IEnumerable<string> Rows()
    {
        using var model = config.Build();
        model.eval();
        using Tensor example = zeros([1, .. model.InputShape]), calibration = randn([CalibrationBatch, .. model.InputShape]);
        var graph = Graph.Capture(model, example);
        var onnx = OnnxExporter.InMemory(graph, new());
        // Random weights say nothing of accuracy, so the widest tolerance will do.
        var (quantized, _) = Int8Quantizer.Quantize(onnx, [calibration], new() { Tolerance = 1 });
        using RuntimeModel floats = RuntimeModel.Of(model, graph, onnx), integers = RuntimeModel.Of(model, graph, quantized);
        foreach (int batch in batchSizes)
        {
            using var images = randn([batch, .. model.InputShape]);
            double[][] times = LatencyMeter.Measure([model, floats, integers], images, rounds);
            yield return Invariant($"| {name} | {batch} | {Median(times.Select(round => round[0])) / 1000:G3} | {Gain(times, 1):F2} | {Gain(times, 2):F2} |");
        }
    }

    private static double Gain(double[][] times, int contestant) => Median(times.Select(round => round[0] / round[contestant]));

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}

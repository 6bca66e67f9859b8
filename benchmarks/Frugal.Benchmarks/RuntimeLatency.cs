using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Studies.Bench;
using static System.FormattableString;

namespace Frugal.Benchmarks;

/// <summary>Latency of exported networks under ONNX Runtime against libtorch, in floating point and with 8-bit integers. The weights are random: what is measured is time.</summary>
internal static class RuntimeLatency
{
    /// <summary>The table.</summary>
    public static IEnumerable<string> Lines(Arguments arguments)
    {
        yield return "Ratio = time of libtorch ÷ time of ONNX Runtime, median of slices in turn; above 1, ONNX Runtime is faster.";
        yield return "";
        yield return "| network | batch | threads | libtorch ms | fp32 ratio | int8 ratio |";
        yield return "| --- | --- | --- | --- | --- | --- |";
        var options = new BenchOptions { BatchSizes = arguments.Numbers("--batches", "1,32"), Rounds = arguments.Number("--rounds", 15), Layers = false };
        foreach (var (name, config) in new (string, ModelConfig)[]
            { ("quickstart mlp", new MlpConfig { HiddenSizes = [512, 256] }), ("resnet50", ResNetConfig.ResNet50), ("vit_base_patch16_224", VisionTransformerConfig.BasePatch16) })
        {
            if (!name.Contains(arguments.Text("--only", ""), StringComparison.Ordinal))
                continue;
            var result = new ModelBench(config.Complete(), options).Run();
            foreach (var batch in result.Batches)
                yield return Invariant($"| {name} | {batch.BatchSize} | {result.Threads} | {batch.Whole.Times[0].Microseconds / 1000:G3} | {Ratio(batch, "onnx fp32")} | {Ratio(batch, "onnx int8")} |");
        }
    }

    private static string Ratio(BenchBatch batch, string form) => Invariant($"{batch.Whole.Times.Single(time => time.Form == form).Speedup:F2}");
}

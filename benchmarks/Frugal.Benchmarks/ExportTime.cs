using System.Diagnostics;
using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Interop;
using Frugal.Models.Vision;
using Microsoft.ML.OnnxRuntime;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Frugal.Benchmarks;

/// <summary>Capture and export of ResNet-50 at 224 pixels, against what cannot be saved: a forward pass of one image, and writing as many bytes as safely.</summary>
internal static class ExportTime
{
    private static readonly CaptureSizes[] tried = [CaptureSizes.OfBatch(1), CaptureSizes.OfBatch(5)];

    /// <summary>The fastest of the rounds for each part, in milliseconds.</summary>
    public static IEnumerable<string> Lines(int rounds)
    {
        using var model = ResNetConfig.ResNet50.Complete().Build();
        model.eval();
        using var image = randn(1, 3, 224, 224);
        var folder = Directory.CreateTempSubdirectory("frugal-export-");
        try
        {
            string path = Path.Combine(folder.FullName, "resnet50.onnx");
            var graph = Graph.Capture(model, image);
            double capture = Best(rounds, () => Graph.Capture(model, image));
            double export = Best(rounds, () => Graph.Capture(model, image).ExportOnnx(path));
            double trial = Best(rounds, () => new OnnxTrial(graph, settings => new InferenceSession(path, settings), new()).Compare(tried));
            double forward = Best(rounds, () => Forward(model, image));
            byte[] bytes = File.ReadAllBytes(path);
            double write = Best(rounds, () => AtomicFile.Write(path, stream => stream.Write(bytes)));
            yield return Invariant($"ResNet-50, {bytes.Length / 1e6:F0} MB, fastest of {rounds}, ms: forward {forward:F0}, writing {write:F0}, capture {capture:F0}, capture and export {export:F0}, of which trying the file under ONNX Runtime {trial:F0}.");
            yield return Invariant($"Capture and export ÷ (forward and writing): {(export - trial) / (forward + write):F2} without the trial, {export / (forward + write):F2} with it. Goal: at most 2.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Forward(Models.Model model, Tensor image)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        model.call(image);
    }

    private static double Best(int rounds, Action work)
    {
        double best = double.PositiveInfinity;
        for (int round = 0; round < rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return best;
    }
}

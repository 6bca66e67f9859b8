using System.Diagnostics;
using Frugal.Compression;
using Frugal.Compression.Pruning;
using Frugal.Graphs;
using Frugal.Layers;
using Frugal.Models.Vision;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Frugal.Benchmarks;

/// <summary>How long it takes to compress a ViT-B/16 with fresh weights, beside the operations that the methods' papers count.</summary>
internal static class CompressionTime
{
    private const int Blocks = 4;
    private const double Share = 0.3;

    /// <summary>A line for each method.</summary>
    /// <param name="grid">Steps K of the curves; each costs a pass for every layer.</param>
    /// <param name="images">Calibration images.</param>
    public static IEnumerable<string> Lines(int grid, int images)
    {
        yield return RateDistortion(grid, images);
        yield return Monarchs();
        yield return TensorTrains();
    }

    private static string RateDistortion(int grid, int images)
    {
        using var scope = NewDisposeScope();
        var model = Fresh();
        var inputs = randn(images, 3, 224, 224);
        double pass = Enumerable.Range(0, 5).Min(_ => Seconds(() => Forward(model, inputs)));
        int layers = 0;
        double time = Seconds(() => layers = RateDistortionPruning.Curves(model, [inputs], grid).Count);
        int passes = layers * (grid + 1);
        return Invariant($"rd-pruning curves: {layers} layers, grid of {grid}, {images} images: {time:F1} s. The sheet counts {passes} forward passes, which take {passes * pass:F1} s ({pass * 1000:F0} ms each): {time / passes / pass:F2} of that. The paper's grid of 100 and 256 images would take {time / grid * 100 / images * 256 / 3600:F1} h.");
    }

    private static string Monarchs()
    {
        using var model = Fresh();
        double time = Seconds(() => Monarch.Project(model, Blocks));
        var layers = model.modules().OfType<MonarchLinear>().ToList();
        // A singular value decomposition of each slice of (out / blocks) x (in / blocks).
        double operations = layers.Sum(layer => Blocks * Blocks * Cost((double)layer.OutFeatures / Blocks, (double)layer.InFeatures / Blocks));
        return Invariant($"Monarch projection, {Blocks} blocks: {layers.Count} layers in {time:F1} s; {Blocks * Blocks * layers.Count} decompositions, of m·n·min(m, n) each {operations / 1e9:F1} G together: {operations / 1e9 / time:F1} G a second.");
    }

    private static string TensorTrains()
    {
        using var model = Fresh();
        double time = Seconds(() => Mpo.Factorize(model, MpoBudget.Share(Share)));
        var layers = model.modules().OfType<MpoLinear>().ToList();
        double operations = layers.Sum(layer => Cost(layer.Cores[0].shape[1] * layer.Cores[0].shape[2], layer.Cores[^1].shape[1] * layer.Cores[^1].shape[2]));
        return Invariant($"MPO factorisation, two cores, {Share:P0} of the parameters: {layers.Count} layers in {time:F1} s; a decomposition each, {operations / 1e9:F1} G together: {operations / 1e9 / time:F1} G a second.");
    }

    private static double Cost(double rows, double columns) => rows * columns * Math.Min(rows, columns);

    private static Models.Model Fresh()
    {
        var model = VisionTransformerConfig.BasePatch16.Complete().Build();
        model.eval();
        return model;
    }

    private static void Forward(Models.Model model, Tensor images)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        model.call(images);
    }

    private static double Seconds(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

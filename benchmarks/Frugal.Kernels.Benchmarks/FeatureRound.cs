using Frugal.Layers;
using Frugal.Layers.Packed;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Kernels.Benchmarks;

/// <summary>Layers that make features of their inputs and multiply those, in libtorch's operators and packed, both as a network calls them; goals as in PERFORMANCE.md, section 6.</summary>
internal sealed class FeatureRound(int rows, int threads, int slices)
{
    // Times as fast as libtorch's operators, of the layers with splines.
    private static readonly Dictionary<int, double> KanGoals = new() { [1] = 2, [32] = 2, [197] = 1.8 };

    public const string Heading = "| layer | rows | threads | libtorch best µs | packed best µs | × libtorch | goal | error |\n| --- | --- | --- | --- | --- | --- | --- | --- |";

    public IEnumerable<string> Lines()
    {
        yield return Line("SNNK 768→3072, 96 features", 768, new SnnkLinear(768, 3072, numFeatures: 96, hasBias: true), layer => PackedSnnkLayer.Of(layer), null);
        foreach (var width in new[] { 128, 384 })
            yield return Line($"KAN {width}→{width}, splines", width, Kan(width, KanFamily.Bspline), layer => PackedKanLayer.Of(layer), KanGoals.GetValueOrDefault(rows));
        yield return Line("KAN 384→384, splines, radial and Chebyshev", 384, Kan(384, KanFamily.Bspline, KanFamily.Rbf, KanFamily.Chebyshev), layer => PackedKanLayer.Of(layer), null);
    }

    private static KanLinear Kan(int width, params KanFamily[] families) => new(width, width, families: families);

    private string Line<TLayer>(string name, int width, TLayer layer, Func<TLayer, Module<Tensor, Tensor>> pack, double? goal) where TLayer : Module<Tensor, Tensor>
    {
        using var packed = new ModuleContestant("packed", pack(layer), rand(rows, width) * 2 - 1);
        using var ordinary = new ModuleContestant("libtorch", layer, packed.Input.clone());
        ordinary.Run();
        packed.Run();
        var expected = ordinary.Output();
        var error = packed.Output().Zip(expected, (own, other) => Math.Abs((double)own - other)).Max() / expected.Max(Math.Abs);
        var timings = PairedMeasurement.Run([ordinary, packed], threads, slices);
        var faster = timings[1].TimesFasterThan(timings[0]);
        var reached = goal is { } least ? $"{(FormattableString.Invariant($"{least}×"))}: {(faster.Median >= least ? "yes" : "no")}" : "";
        return FormattableString.Invariant(
            $"| {name} | {rows} | {threads} | {timings[0].BestWall:F1} | {timings[1].BestWall:F1} | {faster.Median:F2} ({faster.Low:F2}–{faster.High:F2}) | {reached} | {error:E1} |");
    }
}

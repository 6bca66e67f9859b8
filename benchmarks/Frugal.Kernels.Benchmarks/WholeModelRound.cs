using Frugal.Compression.Packing;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Kernels.Benchmarks;

/// <summary>
/// A transformer as wide as ViT-S on 197 tokens, dense under libtorch against what <c>pack</c> makes of it once its layers are compressed; goals as in PERFORMANCE.md, section 6. It has as many blocks as are asked for:
/// all are alike, so that ratios hardly depend on their number.
/// </summary>
internal sealed class WholeModelRound(int depth, int threads, int slices)
{
    public const string Heading = "| network | threads | form | best ms | best CPU ms | × T | CPU × T | goal | reached | packed layers | error of packing |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

    private const long Dim = 384, MlpDim = 1536;

    // What coding weights and inputs of both factors in 8 bits may lose.
    private const double CodingError = 0.1;

    public IEnumerable<string> Lines()
    {
        using var image = randn(1, 3, 224, 224);
        var forms = new (string Name, double? Goal, Func<Linear, nn.Module> Compress, double MaxError)[]
        {
            ("4x1 90 %", 3, layer => Pruned(layer, 4), 0),
            ("low rank K/8", 3, layer => LowRankLinear.Of(layer, Math.Min(layer.in_features, layer.out_features) / 8), 0),
            ("low rank × int8", 4, layer => LowRankLinear.Of(layer, Math.Min(layer.in_features, layer.out_features) / 8), CodingError),
            ("binary", 3.5, layer => BinaryLinear.Of(layer), 0),
        };
        var contestants = new List<Contestant> { new ModelContestant("libtorch fp32", Build(), image) };
        var reports = new List<PackingReport>();
        foreach (var form in forms)
        {
            var model = Build();
            using var mode = no_grad();
            foreach (var (path, layer) in model.named_modules().Where(child => child.module is Linear && child.name.StartsWith("blocks", StringComparison.Ordinal)).ToList())
                ModuleSurgery.Replace(model, path, form.Compress((Linear)layer));
            model.eval();
            reports.Add(Packing.Pack(model, image, [1], form.MaxError));
            contestants.Add(new ModelContestant(form.Name, model, image));
        }
        var timings = PairedMeasurement.Run(contestants, threads, slices);
        for (var i = 0; i < contestants.Count; i++)
        {
            var over = timings[i].TimesFasterThan(timings[0]);
            var goal = i == 0 ? null : forms[i - 1].Goal;
            var packed = i == 0 ? "" : $"{reports[i - 1].Choices.Count(choice => choice.Form is not null)} of {reports[i - 1].Choices.Count}";
            yield return FormattableString.Invariant(
                $"| {depth} blocks of {Dim}, {MlpDim} | {threads} | {contestants[i].Name} | {timings[i].BestWall / 1000:F2} | {timings[i].BestCpu / 1000:F2} | {over.Median:F2} ({over.Low:F2}–{over.High:F2}) | {timings[i].CpuTimesFasterThan(timings[0]):F2} | {(goal is { } least ? $"{least}× T" : "")} | {(goal is null ? "" : over.Median >= goal ? "yes" : "no")} | {packed} | {(i == 0 ? "" : FormattableString.Invariant($"{reports[i - 1].Error:E1}"))} |");
        }
        contestants.ForEach(contestant => contestant.Dispose());
    }

    private Model Build()
    {
        manual_seed(1);
        var model = new VisionTransformerConfig { PatchSize = 16, EmbedDim = (int)Dim, Depth = depth, NumHeads = 6, NumClasses = 1000, InChannels = 3, ImageSize = new(224, 224) }.Build();
        model.eval();
        return model;
    }

    private static Linear Pruned(Linear layer, int height)
    {
        var mask = rand(layer.out_features / height, layer.in_features).lt(0.1).repeat_interleave(height, 0);
        var pruned = nn.Linear(layer.in_features, layer.out_features);
        pruned.weight!.copy_(layer.weight! * mask);
        pruned.bias!.copy_(layer.bias!);
        return pruned;
    }
}

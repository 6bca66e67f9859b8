using Frugal.Compression.Packing;
using Frugal.Kernels;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Runtime;
using Frugal.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Studies.Bench;

/// <summary>
/// Times a network and each of its layers in all forms that it can take: under libtorch, under ONNX Runtime in floating point and with 8-bit integers, and packed. The forms run in
/// turns in slices of a few milliseconds, and are compared slice by slice.
/// </summary>
public sealed class ModelBench(ModelConfig config, BenchOptions options)
{
    private readonly List<string> notes = [];
    private readonly Dictionary<string, string> packedPaths = [];

    /// <summary>Measures on the CPU, with as many threads as libtorch uses.</summary>
    /// <param name="progress">Told what is being measured.</param>
    /// <param name="cancellation">Stops between two layers.</param>
    /// <exception cref="FrugalException">The network cannot be built or read.</exception>
    public BenchResult Run(IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        using var model = config.Build();
        model.eval();
        if (options.Threads is { } threads)
            set_num_threads(threads);
        using var pool = new KernelPool(Math.Clamp(get_num_threads(), 1, 1024));
        var ceiling = new MachineCeiling(pool);
        using var packed = Packed(model);
        long[] inputShape = [1, .. model.InputShape];
        using var whole = model is RuntimeModel ? null : new Contestants(model, packed, inputShape, (form, reason) => notes.Add($"{form} is absent: {reason}"));
        IReadOnlyList<Contestant> forms = whole is not null ? whole : [new Contestant("onnx file", model, Contestant.BytesOf(model), null, AsBytes: false)];
        var layers = options.Layers && whole is not null ? LayerPart.Of(model, model.InputShape).GroupBy(part => Likeness(part, packed)).ToList() : [];
        var rows = options.BatchSizes.Select(_ => new List<BenchRow>()).ToList();
        foreach (var (number, alike) in layers.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            var part = alike.First();
            progress?.Report($"{part.Path} ({number + 1} of {layers.Count})");
            using var contestants = new Contestants(part.Module, PackedAt(packed, part.Path), part.InputShape, (_, _) => { });
            foreach (var (i, size) in options.BatchSizes.Index())
                rows[i].Add(Row(part.Path, part.Module.GetName(), alike.Count(), part.InputShape, size, contestants, ceiling));
        }
        cancellation.ThrowIfCancellationRequested();
        progress?.Report("the whole network");
        var batches = options.BatchSizes.Select((size, i) => new BenchBatch(size, rows[i], Row("", model.GetName(), 1, inputShape, size, forms, ceiling))).ToList();
        return new BenchResult(get_num_threads(), ceiling.FloatMacsPerSecond, ceiling.ByteMacsPerSecond, ceiling.ReadBytesPerSecond(Contestant.BytesOf(model)), batches, notes);
    }

    private string Likeness(LayerPart part, Model? packed) => PackedAt(packed, part.Path) is null ? part.Likeness : part.Path;

    // A layer that runs in one call with others is timed alone here, as its neighbours under the other runtimes are.
    private Module<Tensor, Tensor>? PackedAt(Model? packed, string path) =>
        packed is not null && packedPaths.TryGetValue(path, out string? there) ? ModuleSurgery.Find(packed, there) as Module<Tensor, Tensor> : null;

    /// <summary>A packed copy, or null where no layer is worth it.</summary>
    private Model? Packed(Model model)
    {
        if (model is RuntimeModel)
            return null;
        var copy = config.Build();
        copy.load_state_dict(model.state_dict());
        copy.eval();
        using var scope = NewDisposeScope();
        var report = Packing.Pack(copy, zeros([1, .. model.InputShape]), options.BatchSizes);
        notes.Add(report.ToString());
        foreach (var choice in report.Choices.Where(choice => choice.PackedPath is not null))
            packedPaths[choice.Path] = choice.PackedPath!;
        foreach (var reason in report.Choices.Where(choice => choice.Reason is not null).GroupBy(choice => choice.Reason))
            notes.Add($"{(reason.Count() == 1 ? reason.First().Path : $"{reason.Count()} layers, {reason.First().Path} the first,")} left unpacked: {reason.Key}");
        if (packedPaths.Count > 0)
            return copy;
        copy.Dispose();
        return null;
    }

    private BenchRow Row(string path, string type, int count, IReadOnlyList<long> inputShape, int batchSize, IReadOnlyList<Contestant> forms, MachineCeiling ceiling)
    {
        using var scope = NewDisposeScope();
        long[] shape = [inputShape[0] * batchSize, .. inputShape.Skip(1)];
        double[][] rounds = LatencyMeter.Measure([.. forms.Select(form => form.Module)], randn(shape), options.Rounds);
        var times = forms.Select((form, i) =>
        {
            double median = Statistics.Median(rounds.Select(round => round[i])), speedup = Statistics.Median(rounds.Select(round => round[0] / round[i]));
            return new BenchTime(form.Form, median, speedup, form.LeastSeconds(ceiling, shape[0]) * 1e6 / median);
        });
        return new BenchRow(path, type, count, shape, [.. times]);
    }
}

using Frugal.Kernels;
using Frugal.Models;
using Frugal.Models.Runtime;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Studies.Bench;

/// <summary>
/// Times a network and each of its layers in all forms that it can take: under libtorch, under ONNX Runtime in floating point and with 8-bit integers, and packed. The forms run in
/// turns in slices of a few milliseconds, and are compared slice by slice.
/// </summary>
public sealed class ModelBench(ModelConfig config, BenchOptions options)
{
    /// <summary>Measures on the CPU, with as many threads as libtorch uses.</summary>
    /// <param name="progress">Told what is being measured.</param>
    /// <param name="cancellation">Stops between two layers.</param>
    /// <exception cref="FrugalException">The network cannot be built or read.</exception>
    public BenchResult Run(IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        var model = config.Build();
        model.eval();
        if (options.Threads is { } threads)
            set_num_threads(threads);
        using var pool = new KernelPool(Math.Clamp(get_num_threads(), 1, 1024));
        var ceiling = new MachineCeiling(pool);
        if (model is RuntimeModel finished)
        {
            using (finished)
            {
                var rows = options.BatchSizes.Select(size => new BenchBatch(size, [], Row("", finished.GetName(), 1, BenchInput.Of(finished), size, [Contestant.OfFile(finished)], ceiling)));
                return Result(finished, ceiling, [.. rows], ["A finished file for ONNX Runtime has no other forms; bench the network that it was made from."]);
            }
        }
        using var forms = TwoForms.Of(model, options.BatchSizes);
        var notes = forms.Notes.ToList();
        var layers = options.Layers ? Layers(forms, ceiling, notes, progress, cancellation) : [.. options.BatchSizes.Select(_ => new List<BenchRow>())];
        cancellation.ThrowIfCancellationRequested();
        progress?.Report("the whole network");
        using var whole = new Contestants(forms.Dense, forms.Packed, BenchInput.Of(model));
        notes.AddRange(whole.Absent);
        var batches = options.BatchSizes.Select((size, i) => new BenchBatch(size, layers[i], Row("", model.GetName(), 1, BenchInput.Of(model), size, whole.All, ceiling))).ToList();
        return Result(forms.Dense, ceiling, batches, notes);
    }

    private static BenchResult Result(Model model, MachineCeiling ceiling, IReadOnlyList<BenchBatch> batches, IReadOnlyList<string> notes) =>
        new(get_num_threads(), ceiling.FloatMacsPerSecond, ceiling.ByteMacsPerSecond, ceiling.ReadBytesPerSecond(Contestant.BytesOf(model)), batches, notes);

    /// <summary>Rows of the layers, a list for each batch size; layers that are alike are measured once.</summary>
    private List<List<BenchRow>> Layers(TwoForms forms, MachineCeiling ceiling, List<string> notes, IProgress<string>? progress, CancellationToken cancellation)
    {
        var rows = options.BatchSizes.Select(_ => new List<BenchRow>()).ToList();
        var groups = LayerPart.Of(forms.Dense).GroupBy(part => forms.PackedAt(part.Path) is null ? part.Likeness : part.Path).ToList();
        foreach (var (number, alike) in groups.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            var part = alike.First();
            progress?.Report($"{part.Path} ({number + 1} of {groups.Count})");
            using var contestants = new Contestants(part.Module, forms.PackedAt(part.Path), part.Input);
            notes.AddRange(contestants.Absent.Select(absent => $"{part.Path}: {absent}"));
            foreach (var (i, size) in options.BatchSizes.Index())
                rows[i].Add(Row(part.Path, part.Module.GetName(), alike.Count(), part.Input, size, contestants.All, ceiling));
        }
        return rows;
    }

    private BenchRow Row(string path, string type, int count, BenchInput input, int batchSize, IReadOnlyList<Contestant> forms, MachineCeiling ceiling)
    {
        using var scope = NewDisposeScope();
        long[] shape = input.ShapeFor(batchSize);
        double[][] rounds = LatencyMeter.Measure([.. forms.Select(form => form.Module)], input.Numbers(shape[0]), options.Rounds);
        var times = forms.Select((form, i) =>
        {
            double median = Statistics.Median(rounds.Select(round => round[i])), speedup = Statistics.Median(rounds.Select(round => round[0] / round[i]));
            return new BenchTime(form.Form, median, speedup, form.LeastSeconds(ceiling, shape[0]) * 1e6 / median);
        });
        return new BenchRow(path, type, count, shape, [.. times]);
    }
}

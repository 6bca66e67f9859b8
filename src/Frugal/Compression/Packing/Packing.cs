using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using Frugal.Models;
using static System.FormattableString;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Packing;

/// <summary>
/// Swaps compressed layers for packed ones, each for the fastest form that is exact, or within an error that is allowed; layers that follow each other run as one call. Only where that
/// is faster, and only as far as the whole network is: a packed network is never slower.
/// </summary>
public static class Packing
{
    /// <summary>Error of a form that computes the same but for the order of additions.</summary>
    internal const double Rounding = 1e-4;

    /// <summary>Slices of each side of a measurement.</summary>
    internal const int Rounds = 15;

    // Two measurements of one and the same thing differ by as much.
    internal const double LeastGain = 1.02;

    /// <summary>Packs a model for batches of 1 and 32, exactly.</summary>
    /// <param name="model">The network, on the CPU; changed in place.</param>
    public static PackingReport Pack(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var scope = NewDisposeScope();
        return Pack(model, model.Example(1), [1, 32]);
    }

    /// <summary>Packs what is worth it.</summary>
    /// <param name="model">The network, on the CPU; changed in place.</param>
    /// <param name="examples">Inputs, <c>[batch, …]</c>: they tell what each layer is given, and how many rows of it.</param>
    /// <param name="batchSizes">Batch sizes at which the packed network must win, as each layer in it.</param>
    /// <param name="maxError">Largest error of a packed layer: root mean square of the difference of its outputs over that of the outputs, on the examples. 0 allows only exact forms.</param>
    public static PackingReport Pack(Module<Tensor, Tensor> model, Tensor examples, IReadOnlyList<int> batchSizes, double maxError = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(batchSizes);
        bool wasTraining = model.training;
        model.eval();
        using var scope = NewDisposeScope();
        try
        {
            using var trace = CallTrace.Of(model, examples);
            return Pack(model, trace, examples, batchSizes, Guard.NotNegative(maxError, nameof(maxError)));
        }
        finally
        {
            model.train(wasTraining);
        }
    }

    private static PackingReport Pack(Module<Tensor, Tensor> model, CallTrace trace, Tensor examples, IReadOnlyList<int> batchSizes, double maxError)
    {
        IReadOnlyList<int> RowCounts(TracedCall call) => [.. batchSizes.Select(size => RowsOf(call, examples, size))];
        var trials = trace.Leaves.Where(leaf => leaf.Layer is not null).DistinctBy(leaf => leaf.Module)
            .ToDictionary(leaf => leaf, leaf => LayerTrial.Of(leaf, RowCounts(leaf), maxError));
        var packable = trials.Where(trial => trial.Value.Packed is not null).ToDictionary();
        var network = new WholeNetwork(model);
        var units = new UnitChoice(model, network, examples, maxError).Of(Segment.Of(trace, packable.ContainsKey, (model as Model)?.ClassifierPath), Segment.OfConvolutions(trace, packable.ContainsKey), packable, RowCounts);
        var (kept, gains, reason) = KeepWhatHelps(network, units, examples, batchSizes);
        double error = kept.Count == 0 ? 0 : RelativeError.Of(network.Output(kept, examples), network.Output([], examples));
        foreach (var (_, old) in ModuleSurgery.Exchange(model, [.. kept.SelectMany(unit => unit.Replacements)]))
            ModuleSurgery.Free(model, old);
        var choices = Choices(model, trials, units, kept);
        var living = model.modules().ToHashSet();
        foreach (var trial in trials.Values.Where(trial => trial.Packed is not null && !living.Contains(trial.Packed)))
            trial.Packed!.Dispose();
        return new(choices, batchSizes, gains, error, reason);
    }

    // Halves what is packed until the whole network is faster, beginning with what saves least.
    private static (IReadOnlyList<PackedUnit> Kept, IReadOnlyList<double> Gains, string? Reason) KeepWhatHelps(
        WholeNetwork network, IReadOnlyList<PackedUnit> units, Tensor examples, IReadOnlyList<int> batchSizes)
    {
        string? reason = null;
        var kept = units.OrderByDescending(unit => unit.Timing!.Saved).ToList();
        while (kept.Count > 0)
        {
            double[] gains = [.. batchSizes.Select(size =>
            {
                using var scope = NewDisposeScope();
                var (without, with) = network.Time(kept, Batch(examples, size));
                return without / with;
            })];
            if (gains.Min() >= LeastGain)
                return (kept, gains, reason);
            int worst = Array.IndexOf(gains, gains.Min());
            reason = Invariant($"with {kept.Count} packed {(kept.Count == 1 ? "part" : "parts")}, each faster alone, it ran at {gains[worst]:F2} times its speed at batch size {batchSizes[worst]}");
            kept.RemoveRange(kept.Count / 2, kept.Count - kept.Count / 2);
        }
        return ([], [], reason);
    }

    private static List<PackedChoice> Choices(
        Module model, Dictionary<TracedCall, LayerTrial> trials, IReadOnlyList<PackedUnit> units, IReadOnlyList<PackedUnit> kept)
    {
        var choices = new List<PackedChoice>();
        var modules = ModulePath.Walk(model).ToList();
        foreach (var (call, trial) in trials)
        {
            var unit = kept.FirstOrDefault(unit => unit.Trials.Contains(trial));
            double sparsity = call.Layer!.Sparsity;
            choices.Add(unit is not null
                ? new(call.Path, sparsity, trial.Form, unit.Timing!.Gain, null) { Error = trial.Error, OneCallAt = unit.IsChain ? unit.Path : null, PackedPath = unit.IsChain ? modules.First(module => ReferenceEquals(module.Module, trial.Packed)).Path : unit.Path }
                : PackedChoice.Kept(call.Path, sparsity, trial.Reason
                    ?? (units.Any(unit => unit.Trials.Contains(trial))
                        ? "the whole network was not faster with it"
                        : Invariant($"the best packed form would run at {trial.Timing!.Gain:F2} times the dense layer's speed"))));
        }
        foreach (var (path, module) in modules)
            if (PackableLayer.Of(module) is { } layer && !choices.Any(choice => DottedPath.IsWithin(path, choice.Path)))
                choices.Add(PackedChoice.Kept(path, layer.Sparsity, "the example does not pass through it"));
        return choices;
    }

    private static int RowsOf(TracedCall call, Tensor examples, int batchSize) =>
        (int)Math.Max(1, Math.Round((double)call.Rows!.shape[0] / examples.shape[0] * batchSize));

    private static Tensor Batch(Tensor examples, int size)
    {
        long[] times = [(size + examples.shape[0] - 1) / examples.shape[0], .. Enumerable.Repeat(1L, (int)examples.dim() - 1)];
        return examples.repeat(times).narrow(0, 0, size).contiguous();
    }
}

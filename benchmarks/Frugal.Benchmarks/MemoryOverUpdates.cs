using Frugal.Data;
using Frugal.Models;
using Frugal.Recipes;
using Frugal.Training;
using TorchSharp;

namespace Frugal.Benchmarks;

/// <summary>Live tensors and resident memory over 2,000 updates of a training with everything on that keeps tensors.</summary>
internal static class MemoryOverUpdates
{
    private const int Updates = 2000, Settled = 200;

    private sealed class Watch : TrainingMethod
    {
        public SortedDictionary<long, (long Tensors, long Bytes)> Seen { get; } = [];

        public override Phase Phase => Phase.Weight;

        public override void AfterStep(Fit fit)
        {
            if ((fit.Update + 1) % Settled == 0 || fit.Update + 1 == 10)
                Seen[fit.Update + 1] = (DisposeScopeManager.Statistics.ThreadTotalLiveCount, Environment.WorkingSet);
        }

        public override MethodState Save() => MethodState.None;

        public override void Load(MethodState state) { }
    }

    /// <summary>Rows of the table, and a verdict.</summary>
    public static IEnumerable<string> Lines(ModelConfig config, DataSplits data)
    {
        var watch = new Watch();
        var random = new RandomStreams(0);
        using var subject = new Subject { Model = config.FitTo(data.Info).Build(), Data = data, Random = random };
        new Train
        {
            Updates = Updates,
            BatchSize = 64,
            Ema = new Ema(),
            Methods = [new Frugal.Training.Methods.Pruning.GradualPruning(), new Frugal.Training.Methods.Mixing.Mix(), watch],
        }.Apply(subject);
        foreach (var (update, (tensors, bytes)) in watch.Seen)
            yield return FormattableString.Invariant($"| {update} | {tensors} | {bytes / 1024.0 / 1024:F1} |");
        double growth = (double)watch.Seen[Updates].Bytes / watch.Seen[Settled].Bytes - 1;
        bool isFlat = watch.Seen[Updates].Tensors == watch.Seen[10].Tensors;
        yield return FormattableString.Invariant(
            $"\nLive tensors {(isFlat ? "constant" : "NOT constant")} from update 10 on; resident memory {growth:+0.0%;-0.0%} from update {Settled} to {Updates} (goal: below 2 %).");
    }
}

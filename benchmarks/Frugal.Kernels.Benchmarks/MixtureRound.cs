namespace Frugal.Kernels.Benchmarks;

/// <summary>A mixture of eight experts, one a row, against the dense layer of one expert's size and against libtorch's loop over experts; goals as in PERFORMANCE.md, section 6.</summary>
internal sealed class MixtureRound(int dim, int hiddenDim, int rows, int threads, int slices)
{
    // Times as long as the dense layer at most, and times as fast as the loop at least.
    private static readonly Dictionary<int, (double Dense, double? Loop)> GoalsFp32 = new() { [1] = (1.08, null), [32] = (3, 2), [197] = (1.3, 1.7) };

    private static readonly Dictionary<int, (double Dense, double? Loop)> GoalsInt8 = new() { [1] = (0.35, null), [32] = (1.2, 5), [197] = (0.5, null) };

    public const string Heading = "| experts | rows | threads | form | best µs | best CPU µs | × dense's time | × loop | goal | error |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

    public IEnumerable<string> Lines()
    {
        var data = new MixtureData(dim, hiddenDim, rows);
        using var pool = new KernelPool(threads);
        Contestant[] contestants =
        [
            new LibTorchMixture("libtorch dense", data, isLoop: false),
            new LibTorchMixture("libtorch loop", data, isLoop: true),
            new PackedMixture("experts fp32", data, (weight, outFeatures, inFeatures) => PackedDense.Pack(weight, outFeatures, inFeatures), isOfBytes: false, pool),
            new PackedMixture("experts int8", data, (weight, outFeatures, inFeatures) => PackedInt8.Pack(weight, outFeatures, inFeatures), isOfBytes: true, pool),
        ];
        foreach (var contestant in contestants)
            contestant.Run();
        var expected = contestants[1].Output();
        var timings = PairedMeasurement.Run(contestants, threads, slices);
        for (var i = 1; i < contestants.Length; i++)
        {
            var (dense, loop) = (timings[i].TimesFasterThan(timings[0]), timings[i].TimesFasterThan(timings[1]));
            var error = contestants[i].Output().Zip(expected, (own, other) => Math.Abs((double)own - other)).Max() / expected.Max(Math.Abs);
            yield return FormattableString.Invariant(
                $"| {dim}→{hiddenDim}→{dim} | {rows} | {threads} | {contestants[i].Name} | {timings[i].BestWall:F0} | {timings[i].BestCpu:F0} | {1 / dense.Median:F2} ({1 / dense.High:F2}–{1 / dense.Low:F2}) | {loop.Median:F2} ({loop.Low:F2}–{loop.High:F2}) | {Goal(i, dense.Median, loop.Median)} | {error:E1} |");
        }
        foreach (var contestant in contestants)
            contestant.Dispose();
    }

    private string Goal(int contestant, double overDense, double overLoop)
    {
        if (contestant == 1 || !(contestant == 2 ? GoalsFp32 : GoalsInt8).TryGetValue(rows, out var goal))
            return "";
        var reached = 1 / overDense <= goal.Dense && (goal.Loop is null || overLoop >= goal.Loop);
        return FormattableString.Invariant($"≤ {goal.Dense}× dense{(goal.Loop is { } loop ? $", ≥ {loop}× loop" : "")}: {(reached ? "yes" : "no")}");
    }
}

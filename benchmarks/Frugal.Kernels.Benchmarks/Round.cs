namespace Frugal.Kernels.Benchmarks;

/// <summary>One layer at one number of rows and threads: all contestants against each other, and the lines of the table.</summary>
internal sealed class Round(int inFeatures, int outFeatures, int rows, int threads, bool rotate, int slices, string only)
{
    public const string Heading = "| layer | rows | threads | form | MB | median µs | best µs | best CPU µs | × T | CPU × T | × Q | CPU × Q | ceiling | goal | reached | error |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

    public IEnumerable<string> Lines()
    {
        var data = new LayerData(inFeatures, outFeatures, rows);
        using var pool = new KernelPool(threads);
        var contestants = new List<Contestant>
        {
            new LibTorchContestant(data, data.Weight, rotate),
            new OnnxContestant("ORT fp32", LayerModel.Fp32(data, data.Weight), 4L * data.Weight.Length, data, threads, rotate),
            new OnnxContestant("ORT int8", LayerModel.Int8Dynamic(data, data.Weight), data.Weight.Length, data, threads, rotate, isOfBytes: true),
            new OnnxContestant("ORT 4 bit", LayerModel.Int4Blocks(data, data.Weight), data.Weight.Length / 2 + data.Weight.Length / 8, data, threads, rotate),
        };
        var peers = contestants.Count;
        var goals = Goal.All.Where(goal => only.Split(',').Any(part => goal.Name.Contains(part, StringComparison.Ordinal))).ToArray();
        foreach (var goal in goals)
            contestants.Add(new PackedContestant(goal.Name, () => goal.Pack(data, goal.Weight(data)), data, pool, rotate));
        var naive = goals.Select(goal => goal.Naive?.Peer(data, rotate)).ToArray();
        var errors = goals.Select((goal, i) => RelativeError(goal, data, contestants[i + peers])).ToArray();
        var peerErrors = contestants.Take(peers).Select(peer => RelativeError(peer, contestants[0])).ToArray();
        contestants.AddRange(naive.OfType<Contestant>());
        var timings = PairedMeasurement.Run(contestants, threads, slices);
        var ceiling = new MachineCeiling(pool);
        var name = $"{inFeatures}→{outFeatures} | {rows}{(rotate ? " rotated" : "")} | {threads}";
        for (var i = 0; i < contestants.Count; i++)
        {
            var (isPeer, isNaive) = (i < peers, i >= peers + goals.Length);
            // A naive layer has factors of its own, which nothing else is compared with.
            var error = isPeer ? peerErrors[i] : isNaive ? 0 : errors[i - peers];
            var over = !isPeer && !isNaive && naive[i - peers] is { } other ? timings[i].TimesFasterThan(timings[contestants.IndexOf(other)]).Median : (double?)null;
            yield return Line(name, contestants[i], timings[i], timings, isPeer || isNaive ? null : goals[i - peers], error, Share(contestants[i], timings[i], ceiling), over);
        }
        contestants.ForEach(contestant => contestant.Dispose());
    }

    private string Line(string name, Contestant contestant, Timing timing, Timing[] timings, Goal? goal, double error, double share, double? overNaive)
    {
        var overLibTorch = timing.TimesFasterThan(timings[0]);
        var overInt8 = timing.TimesFasterThan(timings[2]);
        double goalTorch = 0, goalInt8 = 0;
        var hasTorch = goal?.OverLibTorch.TryGetValue(rows, out goalTorch) ?? false;
        var hasInt8 = goal?.OverInt8.TryGetValue(rows, out goalInt8) ?? false;
        double goalNaive = 0;
        var hasNaive = overNaive is not null && goal!.Naive!.Value.Over.TryGetValue(rows, out goalNaive);
        var naive = overNaive is { } times ? FormattableString.Invariant($"{goalNaive}× naive ({times:F2})") : "";
        var goals = string.Join(", ", new[] { hasTorch ? FormattableString.Invariant($"{goalTorch:0.##}× T") : "", hasInt8 ? $"{goalInt8}× Q" : "", hasNaive ? naive : "" }.Where(text => text.Length > 0));
        var reached = goals.Length == 0 ? ""
            : (!hasTorch || overLibTorch.Median >= goalTorch) && (!hasInt8 || overInt8.Median >= goalInt8) && (!hasNaive || overNaive >= goalNaive) ? "yes" : "no";
        return FormattableString.Invariant(
            $"| {name} | {contestant.Name} | {contestant.WeightBytes / 1024.0 / 1024:F2} | {timing.MedianWall:F1} | {timing.BestWall:F1} | {timing.BestCpu:F1} | {overLibTorch.Median:F2} ({overLibTorch.Low:F2}–{overLibTorch.High:F2}) | {timing.CpuTimesFasterThan(timings[0]):F2} | {overInt8.Median:F2} ({overInt8.Low:F2}–{overInt8.High:F2}) | {timing.CpuTimesFasterThan(timings[2]):F2} | {share:P0} | {goals} | {reached} | {error:E1} |");
    }

    /// <summary>
    /// Share of the machine's ceiling: the time that the arithmetic would take at its best rate, or the bytes of the weight at the rate of the cache that holds them, whichever is longer, over the best
    /// time. Rotated weights are read from where all copies fit.
    /// </summary>
    private double Share(Contestant contestant, Timing timing, MachineCeiling ceiling)
    {
        var bytes = contestant.WeightBytes ?? 0;
        var arithmetic = (contestant.Macs ?? 0) / (contestant.IsOfBytes ? ceiling.ByteMacsPerSecond : ceiling.FloatMacsPerSecond);
        var reading = bytes / ceiling.ReadBytesPerSecond(rotate ? bytes * LayerData.CopiesBeyondCache(bytes) : bytes);
        return Math.Max(arithmetic, reading) * 1e6 / timing.BestWall;
    }

    /// <summary>Against libtorch on the weight that was packed, before anything is timed.</summary>
    private static double RelativeError(Goal goal, LayerData data, Contestant packed)
    {
        using var dense = new LibTorchContestant(goal.CodeInput is { } code ? data.WithInput(code) : data, goal.Weight(data), rotate: false);
        return RelativeError(packed, dense);
    }

    /// <summary>Largest difference over the largest magnitude.</summary>
    private static double RelativeError(Contestant contestant, Contestant exact)
    {
        contestant.Run();
        exact.Run();
        var expected = exact.Output();
        return contestant.Output().Zip(expected, (own, other) => Math.Abs((double)own - other)).Max() / expected.Max(Math.Abs);
    }
}

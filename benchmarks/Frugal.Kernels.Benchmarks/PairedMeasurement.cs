using System.Diagnostics;

namespace Frugal.Kernels.Benchmarks;

/// <summary>
/// Lets contestants run in turn, in slices of some milliseconds, so that other load and the clock frequency hit them alike (PERFORMANCE rule 1).
/// </summary>
internal static class PairedMeasurement
{
    private const double SliceMicroseconds = 3000;

    private const double WarmUpMilliseconds = 100;

    /// <summary>Between slices. Pools of more threads than one spin for some milliseconds after their work (GNU OpenMP, which libtorch brings, for five), and the next contestant should find the cores free.</summary>
    private static TimeSpan Pause(int threads) => TimeSpan.FromMilliseconds(threads == 1 ? 1 : 12);

    public static Timing[] Run(IReadOnlyList<Contestant> contestants, int threads, int slices)
    {
        var calls = contestants.Select(CallsPerSlice).ToArray();
        var wall = contestants.Select(_ => new double[slices]).ToArray();
        var cpu = contestants.Select(_ => new List<double>()).ToArray();
        for (var slice = 0; slice < slices; slice++)
            for (var i = 0; i < contestants.Count; i++)
            {
                Thread.Sleep(Pause(threads));
                contestants[i].Run();
                var cpuStart = ThreadClock.Microseconds();
                var start = Stopwatch.GetTimestamp();
                for (var call = 0; call < calls[i]; call++)
                    contestants[i].Run();
                wall[i][slice] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls[i];
                if (ThreadClock.Microseconds() - cpuStart is { } used)
                    cpu[i].Add(used / calls[i]);
            }
        return [.. wall.Zip(cpu, (times, cpuTimes) => new Timing(times, [.. cpuTimes]))];
    }

    private static int CallsPerSlice(Contestant contestant)
    {
        // The first calls compile, allocate and pack. Those that take long are few: a mixture's loop over experts on a busy machine would take minutes.
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < 30 && (i < 3 || Stopwatch.GetElapsedTime(began).TotalMilliseconds < WarmUpMilliseconds); i++)
            contestant.Run();
        var best = double.PositiveInfinity;
        for (var i = 0; i < 5 && (i < 1 || Stopwatch.GetElapsedTime(began).TotalMilliseconds < 2 * WarmUpMilliseconds); i++)
        {
            var start = Stopwatch.GetTimestamp();
            contestant.Run();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
        return Math.Max(1, (int)(SliceMicroseconds / best));
    }
}

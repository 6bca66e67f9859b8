using System.Diagnostics;
using Frugal.Recipes;
using Frugal.Studies;

namespace Frugal.Cli.Studies;

/// <summary>How far a study has come, as told by its events. Events arrive on the study's thread, pictures are drawn on another.</summary>
internal sealed class StudyProgress(IReadOnlyList<string> arms, int seeds) : IProgress<StudyEvent>
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ArmProgress> byArm = arms.ToDictionary(arm => arm, _ => new ArmProgress());
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private double reused;

    /// <summary>The arms in order.</summary>
    public IReadOnlyList<string> Arms => arms;

    /// <summary>Number of seeds.</summary>
    public int Seeds => seeds;

    /// <summary>The arm whose latency is being measured, or null.</summary>
    public string? Measuring { get; private set; }

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => clock.Elapsed;

    /// <summary>Runs done, counting the part of the one in progress.</summary>
    public double RunsDone
    {
        get
        {
            lock (gate)
                return byArm.Values.Sum(arm => arm.Done + arm.Current);
        }
    }

    /// <summary>Seconds that the remaining runs will take if they go like those so far, or null before anything is known.</summary>
    public double? SecondsLeft
    {
        get
        {
            double worked = RunsDone - reused, left = arms.Count * seeds - RunsDone;
            return worked > 0.05 ? clock.Elapsed.TotalSeconds / worked * left : null;
        }
    }

    /// <summary>A copy of how far an arm has come.</summary>
    public ArmProgress Of(string arm)
    {
        lock (gate)
            return byArm[arm] with { };
    }

    /// <inheritdoc/>
    public void Report(StudyEvent value)
    {
        lock (gate)
        {
            switch (value)
            {
                case StudyEvent.RunStarted started:
                    byArm[started.Arm].Begin(started.Seed);
                    break;
                case StudyEvent.RunHappened happened:
                    byArm[happened.Arm].Advance(happened.Happened);
                    break;
                case StudyEvent.RunFinished finished:
                    reused += finished.Reused ? 1 : 0;
                    byArm[finished.Arm].End(finished.Result.Metrics.TryGetValue(Metric.Accuracy, out double accuracy) ? accuracy : null);
                    break;
                case StudyEvent.RunFailed failed:
                    byArm[failed.Arm].Fail(failed.Reason);
                    break;
                case StudyEvent.MeasuringLatency measuring:
                    Measuring = measuring.Arm;
                    break;
            }
        }
    }
}

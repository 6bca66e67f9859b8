using Frugal.Recipes;

namespace Frugal.Cli.Studies;

/// <summary>How far one arm of a study has come.</summary>
internal sealed record ArmProgress
{
    private int step, steps = 1;

    /// <summary>Runs that have ended.</summary>
    public int Done { get; private set; }

    /// <summary>Part of the current run that is done, between 0 and 1.</summary>
    public double Current { get; private set; }

    /// <summary>Seed of the current run, or null between runs.</summary>
    public long? Seed { get; private set; }

    /// <summary>Name of the current step.</summary>
    public string Step { get; private set; } = "";

    /// <summary>The latest word from training, or null outside of it.</summary>
    public RunEvent.TrainingProgress? Training { get; private set; }

    /// <summary>Test accuracies of the runs that have ended.</summary>
    public IReadOnlyList<double> Accuracies { get; private set; } = [];

    /// <summary>Why a run failed, or null.</summary>
    public string? Failure { get; private set; }

    public void Begin(long seed)
    {
        (Seed, Current, Step, Training) = (seed, 0, "", null);
        (step, steps) = (0, 1);
    }

    public void Advance(RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.StepStarted started:
                (step, steps, Step, Training) = (started.Index, started.Count, started.Step, null);
                break;
            case RunEvent.TrainingProgress progress:
                Training = progress;
                break;
            case RunEvent.StepFinished:
                step++;
                Training = null;
                break;
        }
        double within = Training is { } t && t.Updates > 0 ? (double)t.Update / t.Updates : 0;
        Current = Math.Min(1, (step + within) / steps);
    }

    public void End(double? accuracy)
    {
        Close();
        if (accuracy is { } known)
            Accuracies = [.. Accuracies, known];
    }

    public void Fail(string reason)
    {
        Close();
        Failure = reason;
    }

    private void Close()
    {
        Done++;
        (Seed, Current, Training) = (null, 0, null);
    }
}

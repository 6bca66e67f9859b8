using Frugal.Recipes;
using Frugal.Studies.Results;

namespace Frugal.Studies;

/// <summary>Something that happened in a study and that whoever watches it may want to show.</summary>
public abstract record StudyEvent
{
    /// <summary>The data is there and the study begins.</summary>
    /// <param name="Runs">Number of runs: arms times seeds.</param>
    public sealed record Started(int Runs) : StudyEvent;

    /// <summary>A run begins.</summary>
    /// <param name="Arm">Name of its arm.</param>
    /// <param name="Seed">Its seed.</param>
    /// <param name="Index">Its number, from 0.</param>
    public sealed record RunStarted(string Arm, long Seed, int Index) : StudyEvent;

    /// <summary>Something happened in the current run.</summary>
    /// <param name="Arm">Name of its arm.</param>
    /// <param name="Happened">What.</param>
    public sealed record RunHappened(string Arm, RunEvent Happened) : StudyEvent;

    /// <summary>A run is done.</summary>
    /// <param name="Arm">Name of its arm.</param>
    /// <param name="Result">What came of it.</param>
    /// <param name="Reused">True when it had been done before and was taken from the store.</param>
    public sealed record RunFinished(string Arm, RunResult Result, bool Reused) : StudyEvent;

    /// <summary>A run failed; the others go on.</summary>
    /// <param name="Arm">Name of its arm.</param>
    /// <param name="Seed">Its seed.</param>
    /// <param name="Reason">Why.</param>
    public sealed record RunFailed(string Arm, long Seed, string Reason) : StudyEvent;

    /// <summary>Latency is being measured.</summary>
    /// <param name="Arm">The arm measured against the baseline.</param>
    public sealed record MeasuringLatency(string Arm) : StudyEvent;
}

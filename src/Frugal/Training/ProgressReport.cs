using System.Diagnostics;
using Frugal.Recipes;

namespace Frugal.Training;

/// <summary>Tells whoever watches how a training run goes, a few times a second at most.</summary>
internal sealed class ProgressReport(Fit fit, EpochMeter meter)
{
    private const double SecondsBetween = 0.1, Memory = 0.98;

    private readonly List<CurvePoint> points = [];
    private long last = Stopwatch.GetTimestamp();
    private double? recentLoss;

    /// <summary>The learning curve of this run.</summary>
    public IReadOnlyList<CurvePoint> Points => points;

    /// <summary>Takes an update into account; <see cref="Fit.Update"/> is its number.</summary>
    public void AfterUpdate(double loss)
    {
        recentLoss = recentLoss is { } recent ? Memory * recent + (1 - Memory) * loss : loss;
        if (Stopwatch.GetElapsedTime(last).TotalSeconds < SecondsBetween && fit.Update + 1 < fit.TotalUpdates)
            return;
        last = Stopwatch.GetTimestamp();
        long done = fit.Update + 1;
        fit.Subject.Report(new RunEvent.TrainingProgress(
            (double)done / fit.UpdatesPerEpoch, (double)fit.TotalUpdates / fit.UpdatesPerEpoch, done, fit.TotalUpdates, recentLoss.Value, meter.Accuracy));
    }

    /// <summary>Adds a point to the learning curve.</summary>
    public void AfterEpoch(double? validationAccuracy) =>
        Add(new CurvePoint(fit.FirstEpoch + fit.Epoch + 1, meter.Loss, meter.Accuracy, validationAccuracy, fit.LearningRate));

    /// <summary>Takes up the curve of a run that was interrupted.</summary>
    public void Resume(IEnumerable<CurvePoint> kept)
    {
        foreach (var point in kept)
            Add(point);
    }

    private void Add(CurvePoint point)
    {
        points.Add(point);
        fit.Subject.Report(new RunEvent.EpochFinished(point));
    }
}

using Frugal.Data;
using Frugal.Models;
using static TorchSharp.torch;

namespace Frugal.Recipes;

/// <summary>What a recipe works on: a model, its data, what has been measured so far, and the random streams of the run.</summary>
public sealed class Subject : IDisposable
{
    private readonly List<StepReport> history = [];
    private readonly List<CurvePoint> curve = [];

    /// <summary>The model, as the steps so far have left it. A step that puts another in its place disposes the old one.</summary>
    public required Model Model { get; set; }

    /// <summary>The data.</summary>
    public required DataSplits Data { get; init; }

    /// <summary>The random streams of the run.</summary>
    public required RandomStreams Random { get; init; }

    /// <summary>Where the computation takes place.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>What has been measured, by metric name.</summary>
    public MetricSet Metrics { get; } = new();

    /// <summary>Reports of the steps so far.</summary>
    public IReadOnlyList<StepReport> History => history;

    /// <summary>The learning curve over all training so far.</summary>
    public IReadOnlyList<CurvePoint> Curve => curve;

    /// <summary>Folder the current step may keep its checkpoints and files in. Null keeps everything in memory.</summary>
    public string? Folder { get; set; }

    /// <summary>Models beside this one that a step may learn from.</summary>
    public OtherModels OtherModels { get; set; } = OtherModels.None;

    /// <summary>Who watches the run.</summary>
    public IProgress<RunEvent>? Observer { get; init; }

    /// <summary>Ends the run at the next safe point, after a checkpoint has been written.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Lets training go on from a checkpoint that another recipe made; what differs is recorded in the checkpoints from then on.</summary>
    public bool AcceptsChangedRecipe { get; init; }

    /// <summary>Tells whoever watches.</summary>
    public void Report(RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.StepFinished finished:
                history.Add(finished.Report);
                break;
            case RunEvent.EpochFinished epoch:
                curve.Add(epoch.Point);
                break;
        }
        Observer?.Report(happened);
    }

    /// <summary>Takes up a history that began in an earlier process.</summary>
    internal void Resume(RunState state)
    {
        history.AddRange(state.Steps);
        curve.AddRange(state.Curve);
        foreach (var (name, value) in state.Metrics)
            Metrics[name] = value;
    }

    /// <summary>Disposes the model.</summary>
    public void Dispose() => Model.Dispose();
}

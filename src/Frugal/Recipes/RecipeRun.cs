using System.Diagnostics;
using Frugal.Data;
using Frugal.Models;
using Frugal.Models.Runtime;
using Frugal.Native;
using Frugal.Recipes.Steps;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Recipes;

/// <summary>
/// One recipe, run once with one seed. With a <see cref="Folder"/> a run that is interrupted goes on where it was: after every step the model
/// and what was measured are kept there, and a step that trains keeps its own checkpoints below.
/// </summary>
public sealed class RecipeRun
{
    private bool wasInterrupted;

    /// <summary>The recipe.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>Its data, loaded.</summary>
    public required DataSplits Data { get; init; }

    /// <summary>Seed of every random choice.</summary>
    public required long Seed { get; init; }

    /// <summary>Where the computation takes place, e.g. <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Folder for everything the run keeps, or null to keep nothing.</summary>
    public string? Folder { get; init; }

    /// <summary>Who watches.</summary>
    public IProgress<RunEvent>? Observer { get; init; }

    /// <summary>Ends the run at the next safe point.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Measures accuracy on the test split after every step, for showing what each step bought; nothing is selected by it.</summary>
    public bool EvaluatesEachStep { get; init; }

    /// <summary>Opens the finished model of another arm, where the run is part of a study.</summary>
    public Func<string, FrozenModel> OfArm { get; init; } = OtherModels.None.OfArm;

    /// <summary>Runs what is left of the recipe.</summary>
    /// <returns>The subject after the last step; the caller disposes it.</returns>
    /// <exception cref="OperationCanceledException"><see cref="Cancellation"/> was asked for; what was done is kept in <see cref="Folder"/>.</exception>
    public Subject Execute()
    {
        var state = Folder is null ? RunState.Fresh : RunState.Read(Folder);
        wasInterrupted = state.WasInterrupted || state.IsStepOpen;
        var subject = Begin(state);
        using var kept = new KeptModels(Recipe.Steps, Folder);
        try
        {
            for (int i = state.Completed; i < Recipe.Steps.Count; i++)
            {
                Cancellation.ThrowIfCancellationRequested();
                Keep(subject, i, isStepOpen: true);
                kept.KeepBefore(i, subject.Model);
                int asking = i;
                subject.OtherModels = new() { OfArm = OfArm, Before = name => kept.Open(name, asking, subject.Device) };
                subject = Take(subject, i);
                Keep(subject, i + 1, isStepOpen: false);
            }
            return subject;
        }
        catch
        {
            subject.Dispose();
            throw;
        }
    }

    private Subject Begin(RunState state)
    {
        LibTorch.Load();
        var streams = new RandomStreams(Seed);
        streams.SeedTorch("model");
        var model = state.Completed > 0 ? ModelFolder.Load(AfterStep(state.Completed)) : Recipe.Model.FitTo(Data.Info).Build();
        model.to(device(Device));
        var subject = new Subject
        {
            Model = model,
            Data = Data,
            Random = streams,
            Device = device(Device),
            Observer = Observer,
            Cancellation = Cancellation,
        };
        subject.Resume(state);
        foreach (string warning in Data.Warnings)
            subject.Report(new RunEvent.Note(warning));
        return subject;
    }

    private Subject Take(Subject subject, int index)
    {
        var step = Recipe.Steps[index];
        subject.Folder = Folder is null ? null : Directory.CreateDirectory(Path.Combine(Folder, $"step-{index + 1}-{step.Name}")).FullName;
        subject.Report(new RunEvent.StepStarted(step.Name, index, Recipe.Steps.Count));
        if (step.NeedsWeights && subject.Model is RuntimeModel)
            throw new FrugalException($"{step.Name} needs the model's weights, but `{subject.History[^1].Step}` made it ready for ONNX Runtime, which cannot be undone; let {step.Name} come before.");
        var before = ModelMeasure.Of(subject.Model, Data.Info);
        var slow = Latency(step, subject);
        PeakMemory.Reset();
        long start = Stopwatch.GetTimestamp();
        using (step.ReadsTest ? null : Data.LockTest())
            subject = step.Apply(subject);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (!step.ReadsTest)
            AddCosts(subject, seconds);
        var after = ModelMeasure.Of(subject.Model, Data.Info);
        var fast = Latency(step, subject);
        Note(subject, after);
        if (EvaluatesEachStep && !step.ReadsTest)
            new Evaluate().Apply(subject);
        subject.Report(new RunEvent.StepFinished(
            new StepReport(step.Name, before, after, seconds, new Dictionary<string, double>(subject.Metrics)) { LatencyBefore = slow, LatencyAfter = fast }));
        return subject;
    }

    private static ModelLatency? Latency(Step step, Subject subject) => step.IsTimed ? ModelLatency.Of(subject.Model, subject.Device) : null;

    private void AddCosts(Subject subject, double seconds)
    {
        subject.Metrics[Metric.TrainingTime] = wasInterrupted ? null : (subject.Metrics[Metric.TrainingTime] ?? 0) + seconds;
        if (PeakMemory.Bytes is { } peak)
            subject.Metrics[Metric.PeakMemory] = Math.Max(subject.Metrics[Metric.PeakMemory] ?? 0, peak);
    }

    private static void Note(Subject subject, ModelSize size)
    {
        subject.Metrics[Metric.Parameters] = size.Parameters;
        subject.Metrics[Metric.NonZeroParameters] = size.NonZeroParameters;
        subject.Metrics[Metric.Bytes] = size.Bytes;
        subject.Metrics[Metric.Flops] = size.Macs;
        subject.Metrics[Metric.NonZeroFlops] = size.NonZeroMacs;
    }

    private void Keep(Subject subject, int completed, bool isStepOpen)
    {
        if (Folder is null)
            return;
        if (!isStepOpen)
            ModelFolder.Save(subject.Model, AfterStep(completed), Data.Info);
        new RunState(completed, isStepOpen, wasInterrupted, new Dictionary<string, double>(subject.Metrics), subject.History, subject.Curve).Write(Folder);
        if (!isStepOpen && completed > 1)
            Directory.Delete(AfterStep(completed - 1), recursive: true);
    }

    private string AfterStep(int completed) => Path.Combine(Folder!, $"after-step-{completed}");
}

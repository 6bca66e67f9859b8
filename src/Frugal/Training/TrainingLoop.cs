using Frugal.Data;
using Frugal.Recipes;
using Frugal.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Training;

/// <summary>The loop that <see cref="Train"/> describes, at work on one subject.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly Train options;
    private readonly Subject subject;
    private readonly IReadOnlyList<TrainingMethod> methods;
    private readonly Loader loader;
    private readonly Fit fit;
    private readonly EpochMeter meter = new();
    private readonly ProgressReport progress;
    private readonly TrainingCheckpoints? checkpoints;
    private readonly BufferGuard? buffers;
    private AuxiliaryLosses auxiliary;

    public TrainingLoop(Train options, Subject subject, IReadOnlyList<TrainingMethod> methods)
    {
        this.options = options;
        this.subject = subject;
        this.methods = methods;
        var examples = options.Examples?.Of(subject.Data.Train) ?? subject.Data.Train;
        loader = new Loader(examples, options.BatchSize, subject.Random)
        {
            Shuffle = true,
            DropLast = true,
            Transforms = options.Augment,
            Erasing = options.RandomErasing,
        };
        _ = loader.Epoch(0); // refuses data that does not fill a batch, before anything is changed
        foreach (var method in methods)
            method.OnPrepare(subject);
        foreach (var method in methods)
            method.OnBuild(subject);
        subject.Model.train();
        long updatesPerEpoch = loader.BatchCount;
        fit = new Fit
        {
            Options = options,
            Subject = subject,
            Optimizer = options.StartOptimizer(subject.Model, []),
            Examples = examples,
            UpdatesPerEpoch = updatesPerEpoch,
            TotalUpdates = options.Updates ?? Math.Max(1, (long)Math.Round(options.Epochs * updatesPerEpoch)),
            FirstEpoch = subject.Curve.Count > 0 ? subject.Curve[^1].Epoch : 0,
            Average = options.Ema is null ? null : new ModelWeights(subject.Model),
        };
        auxiliary = new AuxiliaryLosses(subject.Model);
        progress = new ProgressReport(fit, meter);
        checkpoints = subject.Folder is { } folder ? new TrainingCheckpoints(folder, fit, methods, meter, progress) : null;
        buffers = options.OnNonFinite == NonFiniteAction.Skip ? new BufferGuard(subject.Model) : null;
    }

    public void Run()
    {
        foreach (var method in methods)
            method.OnFitStart(fit);
        MethodOrder.RefuseRivals(methods, fit);
        checkpoints?.Resume();
        while (fit.Update < fit.TotalUpdates)
            RunEpoch();
        Finish();
    }

    private void RunEpoch()
    {
        fit.Epoch = (int)(fit.Update / fit.UpdatesPerEpoch);
        int first = (int)(fit.Update % fit.UpdatesPerEpoch);
        using var batches = loader.Epoch(fit.FirstEpoch + fit.Epoch, first).GetEnumerator();
        bool isLast = false;
        while (!isLast)
        {
            using var scope = NewDisposeScope(); // a batch belongs to the scope in which the enumerator moves
            batches.MoveNext();
            MakeUpdate(batches.Current);
            isLast = (fit.Update + 1) % fit.UpdatesPerEpoch == 0 || fit.Update + 1 == fit.TotalUpdates;
            if (isLast)
                EndEpoch();
            fit.Update++;
            checkpoints?.SaveIfDue();
            if (!subject.Cancellation.IsCancellationRequested)
                continue;
            checkpoints?.Save();
            subject.Cancellation.ThrowIfCancellationRequested();
        }
    }

    private void MakeUpdate(Batch batch)
    {
        fit.LearningRate = options.Schedule.At(fit.Update, fit.TotalUpdates, fit.UpdatesPerEpoch, options.Optimizer.Lr);
        subject.Random.SeedTorch("train", fit.FirstEpoch, fit.Update);
        buffers?.Keep();
        batch = batch with { Inputs = batch.Inputs.to(subject.Device), Targets = batch.Targets.to(subject.Device) };
        foreach (var method in methods)
            method.OnBatch(fit, ref batch);
        fit.Optimizer.ZeroGradients();
        double loss = Backward(batch);
        if (!double.IsFinite(loss))
        {
            Refuse(batch, loss, "the loss");
            return;
        }
        foreach (var method in methods)
            method.OnBackward(fit);
        options.Clip?.Apply(fit.Optimizer.Groups, subject.Model.ClassifierPath);
        foreach (var method in methods)
            method.OnGradients(fit);
        // To stop, the check of the weights below is enough: it finds what came in by gradients too, and each check costs a pass over memory.
        if (options.OnNonFinite == NonFiniteAction.Skip && !FiniteCheck.AreGradientsFinite(fit.Optimizer.Groups))
        {
            Refuse(batch, loss, "a gradient");
            return;
        }
        Step();
        if (!FiniteCheck.AreParametersFinite(fit.Optimizer.Groups))
            throw Crash(batch, loss, "a weight after the update");
        meter.AddLoss(loss);
        progress.AfterUpdate(loss);
    }

    /// <summary>Forward and backward through every part of the batch; the loss of the whole, which is not finite if that of a part was not.</summary>
    private double Backward(Batch batch)
    {
        double total = 0;
        int parts = Math.Min(options.Accumulation, batch.Count), done = 0;
        for (int number = 0; number < parts; number++)
        {
            int count = (batch.Count - done) / (parts - number);
            using var scope = NewDisposeScope();
            var part = parts == 1 ? batch : new Batch(batch.Inputs.narrow(0, done, count), batch.Targets.narrow(0, done, count), [.. batch.Indices.Skip(done).Take(count)]);
            fit.Part = part;
            auxiliary.Begin();
            var outputs = subject.Model.call(part.Inputs);
            foreach (var method in methods)
                method.OnForward(fit, outputs);
            var rows = TargetRows.Of(subject.Data.Info.Targets, outputs, part.Targets);
            var loss = auxiliary.AddTo(options.Objective.Loss(rows.Logits, rows.Targets));
            foreach (var method in methods)
                method.OnLoss(fit, ref loss);
            if (parts > 1)
                loss = loss * ((double)count / batch.Count);
            total += loss.ToDouble();
            if (!double.IsFinite(total))
                return total;
            loss.backward();
            meter.AddPredictions(rows);
            done += count;
        }
        return total;
    }

    private void Step()
    {
        foreach (var method in methods)
            method.BeforeStep(fit);
        fit.Optimizer.Step(fit.LearningRate);
        foreach (var method in methods)
            method.AfterStep(fit);
        fit.Average?.Follow(options.Ema!.DecayAt(fit.Optimizer.Updates));
    }

    private void Refuse(Batch batch, double loss, string what)
    {
        if (options.OnNonFinite == NonFiniteAction.Stop)
            throw Crash(batch, loss, what);
        fit.Skipped++;
        buffers!.Restore();
    }

    private NonFiniteException Crash(Batch batch, double loss, string what) =>
        NonFiniteReport.Of(fit, batch, loss, what, checkpoints?.SaveCrash());

    private void EndEpoch()
    {
        if (meter.IsEmpty)
            throw new FrugalException(
                $"Every update of epoch {fit.FirstEpoch + fit.Epoch + 1} was left out because a loss or a gradient was not finite. Set on-non-finite: stop to see where it begins.");
        foreach (var method in methods)
            method.OnEpochEnd(fit);
        auxiliary = new AuxiliaryLosses(subject.Model);
        double? validated = null;
        if (subject.Data.Validation is { } validation)
        {
            fit.Average?.Swap();
            validated = Evaluation.Of(subject.Model, validation, subject.Device).Accuracy;
            fit.Average?.Swap();
        }
        progress.AfterEpoch(validated);
        meter.Reset();
    }

    private void Finish()
    {
        fit.Average?.Restore();
        fit.Optimizer.ZeroGradients(); // before a method puts other layers in the place of those that were trained
        foreach (var method in methods.Reverse())
            method.OnFitEnd(fit);
        subject.Model.eval();
        subject.Metrics[Metric.TrainingLoss] = subject.Curve is [.., var last] ? last.TrainingLoss : null;
        subject.Metrics[Metric.TrainingUpdates] = (subject.Metrics[Metric.TrainingUpdates] ?? 0) + fit.TotalUpdates;
        if (fit.Skipped > 0)
            subject.Report(new RunEvent.Note(
                $"{fit.Skipped} of {fit.TotalUpdates} updates were left out because a loss or a gradient was not finite; a lower learning rate or clip: {{ norm: 1 }} may help."));
    }

    public void Dispose()
    {
        fit.Optimizer.Dispose();
        fit.Average?.Dispose();
        buffers?.Dispose();
    }
}

using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Data;
using Frugal.Models;
using Frugal.Native;
using Frugal.Recipes;
using Frugal.Studies.Results;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Studies;

/// <summary>Runs a study: every arm with every seed, then latency in turns, then the claims. What was finished before is reused.</summary>
public sealed class StudyRun
{
    private static readonly int[] LatencyBatchSizes = [1, 32];

    /// <summary>The study.</summary>
    public required Study Study { get; init; }

    /// <summary>Folder for runs and reports.</summary>
    public required string Folder { get; init; }

    /// <summary>Folder with downloaded data, or null for <c>FRUGAL_DATA</c>.</summary>
    public string? DataDir { get; init; }

    /// <summary>Where the computation takes place, e.g. <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>
    /// Time after which no run is begun and the one in progress is broken off, so that a later start goes on with it; null for none. The baseline is always run, and what was finished before costs nothing. An
    /// arm that misses a run for want of time has that as its failure.
    /// </summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Who watches.</summary>
    public IProgress<StudyEvent>? Observer { get; init; }

    /// <summary>Ends the study at the next safe point; a later start goes on from there.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Runs what is left of the study.</summary>
    /// <exception cref="OperationCanceledException"><see cref="Cancellation"/> was asked for.</exception>
    public StudyResult Execute()
    {
        LibTorch.Load();
        using var store = new RunStore(Folder);
        var data = Study.Data.Load(DataDir);
        Observer?.Report(new StudyEvent.Started(Study.Arms.Count * Study.Seeds.Count));
        var measured = MeasureLatency(RunArms(store, data), data);
        var arms = Int8Peer.Mark(ParetoFront.Mark([.. measured.Select(arm => arm with { Advice = Advice.For(arm) })]), Study.BaselineName);
        return new StudyResult
        {
            Name = Study.Name,
            Title = Study.Title,
            Data = Describe(Study.Data),
            Baseline = Study.BaselineName,
            Seeds = Study.Seeds,
            Arms = arms,
            Claims = [.. Study.Claims.Select(claim => claim.Judge((arm, metric) => arms.Single(a => a.Name == arm).Values(metric)))],
            Budgets = [.. Study.EqualBudgets.Select(budget => BudgetCheck.Of(budget, arms))],
            Machine = MachineInfo.Read(),
            Finished = DateTimeOffset.Now,
            Paper = Study.Paper,
        };
    }

    private List<ArmResult> RunArms(RunStore store, DataSplits data)
    {
        var keys = new RunKeys(Study, data.Fingerprint);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        if (TimeLimit is { } limit)
            limited.CancelAfter(limit);
        var arms = new Dictionary<string, ArmResult>();
        int index = 0;
        foreach (string name in ArmOrder.Of(Study))
        {
            var runs = new List<RunResult>();
            string? failure = null;
            foreach (long seed in Study.Seeds)
            {
                Cancellation.ThrowIfCancellationRequested();
                string key = keys.Of(name, seed);
                Observer?.Report(new StudyEvent.RunStarted(name, seed, index++));
                try
                {
                    var earlier = store.Find(key);
                    runs.Add(earlier ?? Run(store, name, seed, keys, data, name == Study.BaselineName ? Cancellation : limited.Token));
                    Observer?.Report(new StudyEvent.RunFinished(name, runs[^1], earlier is not null));
                }
                catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested)
                {
                    failure ??= $"the time was over ({TimeLimit}); the same study with more time goes on with it";
                    Observer?.Report(new StudyEvent.RunFailed(name, seed, failure));
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    // One arm that fails must not take the others with it: it becomes a row with its reason.
                    store.Fail(name, seed, key, fault);
                    failure ??= fault.Message;
                    Observer?.Report(new StudyEvent.RunFailed(name, seed, fault.Message));
                }
            }
            arms[name] = new ArmResult
            {
                Name = name,
                Runs = runs,
                Failure = failure,
                ModelFolder = runs.Count > 0 && failure is null ? store.ModelOf(runs[0].Key) : null,
            };
        }
        return [.. Study.Arms.Keys.Select(name => arms[name])];
    }

    private RunResult Run(RunStore store, string arm, long seed, RunKeys keys, DataSplits data, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        string key = keys.Of(arm, seed), folder = store.WorkFolder(key);
        var watch = new RunWatch(arm, Observer);
        using var subject = new RecipeRun
        {
            Recipe = Study.RecipeOf(arm),
            Data = data,
            Seed = seed + Study.Arms[arm].SeedOffset,
            Device = Device,
            Folder = folder,
            Observer = watch,
            Cancellation = cancellation,
            EvaluatesEachStep = true,
            OfArm = name => OpenArm(store, name, seed, keys),
        }.Execute();
        ModelFolder.Save(subject.Model, Path.Combine(folder, "model"), data.Info);
        subject.Metrics[Metric.Bytes] = Directory.EnumerateFiles(Path.Combine(folder, "model"), "*.safetensors").Sum(file => new FileInfo(file).Length);
        var result = new RunResult
        {
            Key = key,
            Seed = seed,
            Recipe = keys.TextOf(arm),
            Version = RunKey.Version,
            Metrics = new SortedDictionary<string, double>(subject.Metrics.ToDictionary(), StringComparer.Ordinal),
            Steps = subject.History,
            Curve = subject.Curve,
            Layers = LayerSparsity.Of(subject.Model),
            Notes = watch.Notes,
        };
        store.Publish(arm, result);
        return result;
    }

    private FrozenModel OpenArm(RunStore store, string arm, long seed, RunKeys keys)
    {
        string folder = store.ModelOf(keys.Of(arm, seed)) ?? throw new FrugalException($"The arm '{arm}' left no model with seed {seed} to learn from, because it failed.");
        var model = ModelFolder.Load(folder);
        model.to(device(Device));
        return new(model);
    }

    private IEnumerable<ArmResult> MeasureLatency(IReadOnlyList<ArmResult> arms, DataSplits data)
    {
        if (arms.Single(arm => arm.Name == Study.BaselineName).ModelFolder is not { } baselineFolder)
            return arms;
        using var baseline = ModelFolder.Load(baselineFolder);
        baseline.to(device(Device));
        baseline.eval();
        return [.. arms.Select(arm =>
        {
            if (arm.ModelFolder is null)
                return arm;
            Cancellation.ThrowIfCancellationRequested();
            Observer?.Report(new StudyEvent.MeasuringLatency(arm.Name));
            using var model = ModelFolder.Load(arm.ModelFolder);
            model.to(device(Device));
            model.eval();
            return arm with { Latency = [.. LatencyBatchSizes.Select(size => Latency(baseline, model, data.Info, size))] };
        })];
    }

    private LatencyResult Latency(Model baseline, Model model, DataInfo info, int batchSize)
    {
        using var scope = NewDisposeScope();
        return PairedLatency.Of(baseline, model, info.RandomInputs(batchSize, device(Device)));
    }

    // The data as a person would write it: options at their defaults left out.
    private static string Describe(DataSource data) => YamlWriter.Write(new ObjectWriter(withDefaults: false).Write(data)).Trim();
}

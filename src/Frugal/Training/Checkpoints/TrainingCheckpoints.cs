using Frugal.Catalogue;
using Frugal.Interop;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Training.Checkpoints;

/// <summary>
/// The checkpoints of one training: folders of <c>model.safetensors</c>, <c>optimizer.safetensors</c>, <c>methods.safetensors</c>, <c>average.safetensors</c> (the last two where there is
/// something to keep) and <c>state.json</c>. A run that goes on from one gives the same bytes as one that was never interrupted.
/// </summary>
internal sealed class TrainingCheckpoints(string folder, Fit fit, IReadOnlyList<TrainingMethod> methods, EpochMeter meter, ProgressReport progress)
{
    private const string ModelFile = "model.safetensors", OptimizerFile = "optimizer.safetensors";
    private const string MethodsFile = "methods.safetensors", AverageFile = "average.safetensors", StateFile = "state.json";

    // A subject may be trained more than once in one folder.
    private readonly string root = RootOf(folder, fit.FirstEpoch);
    private readonly SortedDictionary<string, string> recipe = TrainingRecipe.Of(fit);
    private IReadOnlyList<string> forced = [];
    private long? savedAt;

    /// <summary>Where the checkpoints of a training lie.</summary>
    /// <param name="folder">The subject's folder.</param>
    /// <param name="firstEpoch">Epochs that the subject was trained for before.</param>
    public static string RootOf(string folder, int firstEpoch) => Path.Combine(folder, "checkpoints", $"after-epoch-{firstEpoch}");

    /// <summary>Goes on from the newest whole checkpoint, if there is one.</summary>
    /// <exception cref="FrugalException">It was made by another recipe, and the subject does not accept that; or it does not fit the model.</exception>
    public void Resume()
    {
        var search = CheckpointFolder.LatestComplete(root);
        foreach (string line in search.Ignored)
            fit.Subject.Report(new RunEvent.Note(line));
        if (search.Latest is not { } checkpoint)
            return;
        var state = TrainingState.Read(checkpoint.File(StateFile));
        Compare(checkpoint, state);
        using var scope = NewDisposeScope();
        LoadMethods(checkpoint, state);
        Load(checkpoint, ModelFile, ModelWeights.Stored(fit.Subject.Model));
        if (fit.Average is { } average && checkpoint.Files.Any(file => file.Name == AverageFile))
            Load(checkpoint, AverageFile, average.Values.Select(pair => (pair.Key, pair.Value)));
        fit.Optimizer.Load(Read(checkpoint, OptimizerFile), state.OptimizerUpdates);
        fit.Update = state.Update;
        fit.Skipped = state.Skipped;
        meter.Load(state.LossSum, state.LossCount, state.Correct, state.Judged);
        progress.Resume(state.Curve);
        savedAt = fit.Update;
        fit.Subject.Report(new RunEvent.Note($"Training goes on from update {fit.Update} of {fit.TotalUpdates}."));
    }

    /// <summary>Saves when <see cref="Train.CheckpointEvery"/> has passed, and at the end.</summary>
    public void SaveIfDue()
    {
        if (fit.Options.CheckpointEvery is not { } span)
            return;
        long every = Math.Max(1, span.ToUpdates(fit.UpdatesPerEpoch, fit.TotalUpdates));
        if (fit.Update % every == 0 || fit.Update == fit.TotalUpdates)
            Save();
    }

    /// <summary>Saves now, unless this very update is saved.</summary>
    public void Save()
    {
        if (savedAt == fit.Update)
            return;
        CheckpointFolder.Save(root, fit.Update, Write);
        savedAt = fit.Update;
    }

    /// <summary>Saves the state of a run that failed, apart from the checkpoints that runs go on from.</summary>
    /// <returns>Where.</returns>
    public string SaveCrash() => CheckpointFolder.Save(Path.Combine(folder, "crash"), fit.Update, Write, keep: 1).Path;

    private void Compare(CheckpointFolder checkpoint, TrainingState state)
    {
        var differences = TrainingRecipe.Differences(state.Recipe, recipe);
        forced = state.Forced;
        if (differences.Count == 0)
            return;
        if (!fit.Subject.AcceptsChangedRecipe)
            throw new FrugalException(
                $"The checkpoint '{checkpoint.Path}' was made by another recipe, and going on from it would be neither: {string.Join("; ", differences)}. "
                + "Restore the recipe, choose another folder, or set AcceptsChangedRecipe on the subject to go on all the same.");
        forced = [.. forced, .. differences.Select(difference => $"at update {state.Update}: {difference}")];
        fit.Subject.Report(new RunEvent.Note($"Going on from '{checkpoint.Path}' with a changed recipe: {string.Join("; ", differences)}."));
    }

    private void Write(string target)
    {
        SafetensorsWriter.Write(Path.Combine(target, ModelFile), ModelWeights.Stored(fit.Subject.Model));
        SafetensorsWriter.Write(Path.Combine(target, OptimizerFile), fit.Optimizer.Tensors.Select(pair => (pair.Key, pair.Value)));
        if (fit.Average is { } average)
            SafetensorsWriter.Write(Path.Combine(target, AverageFile), average.Values.Select(pair => (pair.Key, pair.Value)));
        var states = methods.Select((method, i) => (Key: KeyOf(i), State: method.Save())).ToList();
        var tensors = states.SelectMany(method => method.State.Tensors.Select(pair => ($"{method.Key}.{pair.Key}", pair.Value))).ToList();
        if (tensors.Count > 0)
            SafetensorsWriter.Write(Path.Combine(target, MethodsFile), tensors);
        var (lossSum, lossCount, correct, judged) = meter.Save();
        new TrainingState(
            TrainingState.CurrentFormat, TrainingState.ThisVersion, recipe, forced, fit.Update, fit.Optimizer.Updates, fit.Skipped,
            lossSum, lossCount, correct, judged, progress.Points, states.ToDictionary(method => method.Key, method => method.State.Numbers))
            .Write(Path.Combine(target, StateFile));
    }

    private void LoadMethods(CheckpointFolder checkpoint, TrainingState state)
    {
        var tensors = checkpoint.Files.Any(file => file.Name == MethodsFile) ? Read(checkpoint, MethodsFile) : new Dictionary<string, Tensor>();
        for (int i = 0; i < methods.Count; i++)
        {
            string prefix = KeyOf(i) + ".";
            methods[i].Load(new MethodState(
                tensors.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value),
                state.Methods.GetValueOrDefault(KeyOf(i)) ?? MethodState.None.Numbers));
        }
    }

    private string KeyOf(int method) => $"{method}.{EntryName.Of(methods[method])}";

    private static void Load(CheckpointFolder checkpoint, string file, IEnumerable<(string Name, Tensor Tensor)> into)
    {
        using var weights = SafetensorsFile.Open(checkpoint.File(file), ReadLimits.Trusted);
        StateDictLoad.Into(into.ToDictionary(pair => pair.Name, pair => pair.Tensor), weights).OrThrow();
    }

    private static Dictionary<string, Tensor> Read(CheckpointFolder checkpoint, string file)
    {
        using var weights = SafetensorsFile.Open(checkpoint.File(file), ReadLimits.Trusted);
        return weights.Names.ToDictionary(name => name, weights.Read);
    }
}

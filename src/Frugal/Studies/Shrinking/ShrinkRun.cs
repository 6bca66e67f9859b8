using System.Security.Cryptography;
using Frugal.Data;
using Frugal.Models;
using Frugal.Native;
using Frugal.Recipes;
using Frugal.Recipes.Steps;
using Frugal.Studies.Results;
using Frugal.Training;

namespace Frugal.Studies.Shrinking;

/// <summary>
/// Makes a network smaller for someone who does not want to know the methods' names: tries stacks of them as arms of a study, within a time, and keeps the best by a rule (<see cref="ShrinkChoice"/>).
/// What was finished is reused when the same is asked for again, with more time say.
/// </summary>
public sealed class ShrinkRun
{
    /// <summary>Name of the arm of the network as it was.</summary>
    public const string Original = "original";

    /// <summary>The network: a saved one, Frugal's or timm's, or one of the catalogue.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>Data to repair and measure with; it must have validation examples.</summary>
    public required DataSource Data { get; init; }

    /// <summary>How small it is to become.</summary>
    public required ShrinkGoal Goal { get; init; }

    /// <summary>Folder for runs, reports and the network that is kept.</summary>
    public required string Folder { get; init; }

    /// <summary>Folder with downloaded data, or null for <c>FRUGAL_DATA</c>.</summary>
    public string? DataDir { get; init; }

    /// <summary>How every stack may train.</summary>
    public ShrinkTraining Training { get; init; } = new();

    /// <summary>Epochs that the network is trained for before; null for <see cref="UsualEpochs"/> where its weights are fresh or it tells other classes apart, and none where they are not.</summary>
    public double? OriginalEpochs { get; init => field = value is { } epochs ? Guard.NotNegative(epochs) : null; }

    /// <summary>Epochs for a network with fresh weights.</summary>
    public const double UsualEpochs = 10;

    /// <summary>Time for the stacks; the original is trained and measured besides.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Seed of every random choice.</summary>
    public long Seed { get; init; }

    /// <summary>Runs a study in a folder and within a time: for whoever shows its course.</summary>
    public required Func<Study, string, TimeSpan?, Task<StudyResult>> RunStudy { get; init; }

    /// <summary>Tries the stacks and writes what is kept: <c>compressed/</c> and <c>compressed.onnx</c> in the folder.</summary>
    /// <exception cref="FrugalException">The network or the data cannot be read, the data has no validation examples, or the original cannot be trained or measured.</exception>
    public async Task<ShrinkResult> Execute()
    {
        LibTorch.Load();
        var data = Data.Load(DataDir);
        int validation = data.Validation?.Count
            ?? throw new FrugalException("To choose between stacks takes validation examples, which the data has none of; set its option `validation` above 0.");
        var original = (await RunStudy(StudyOf("Measuring the original network", Model, OriginalSteps(data.Info), []), Path.Combine(Folder, OriginalFolder()), null)).Arms[0];
        string folder = original.ModelFolder ?? throw new FrugalException($"The original network could not be trained and measured: {original.Failure}");
        var stacks = ShrinkStacks.Of(MixOf(folder), Goal, Training);
        var study = StudyOf($"Which way to {Goal} keeps most of the accuracy?", new SavedModelConfig { Path = Path.GetFullPath(folder) }, [new NoOp(), new Validate()], stacks);
        var result = await RunStudy(study, Folder, Time);
        var baseline = result.BaselineArm;
        if (baseline.Failure is { } failure)
            throw new FrugalException($"The original network could not be measured: {failure}");
        var candidates = result.Arms.Where(arm => arm.Name != Original && arm.Failure is null).Select(arm => CandidateOf(arm, baseline)).ToList();
        var choice = ShrinkChoice.Of(candidates, Goal, validation);
        string? kept = choice.Winner is { } winner ? result.Arms.Single(arm => arm.Name == winner.Name).ModelFolder : null;
        var (model, onnx) = kept is null ? (null, null) : Write(kept, data);
        return new(result, stacks, candidates, baseline.Mean(Metric.ValidationAccuracy)!.Value, choice, model, onnx);
    }

    private Study StudyOf(string title, ModelConfig model, IReadOnlyList<Step> originalSteps, IReadOnlyList<ShrinkStack> stacks) => new()
    {
        Name = "compress",
        Title = title,
        Data = Data,
        Model = model,
        Seeds = [Seed],
        Baseline = Original,
        Arms = stacks.Select(stack => (stack.Name, stack.Steps)).Prepend((Original, originalSteps)).ToDictionary(arm => arm.Item1, arm => new Arm { Steps = arm.Item2 }),
    };

    private IReadOnlyList<Step> OriginalSteps(DataInfo info)
    {
        bool isTrained = Model is SavedModelConfig saved && ModelFolder.ReadConfig(saved.Path).Complete().NumClasses == info.NumClasses;
        double epochs = OriginalEpochs ?? (isTrained ? 0 : UsualEpochs);
        return epochs > 0 ? [Training.Fresh(epochs), new Validate()] : [new NoOp(), new Validate()];
    }

    // A folder whose weights were replaced is another original.
    private string OriginalFolder()
    {
        if (Model is not SavedModelConfig saved)
            return Original;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.EnumerateFiles(saved.Path).Order(StringComparer.Ordinal))
            using (var stream = File.OpenRead(file))
                hash.AppendData(SHA256.HashData(stream));
        return $"{Original}-{Convert.ToHexStringLower(hash.GetHashAndReset())[..8]}";
    }

    private static LayerMix MixOf(string folder)
    {
        using var model = ModelFolder.Load(folder);
        return LayerMix.Of(model);
    }

    private ShrinkCandidate CandidateOf(ArmResult arm, ArmResult original) => new(
        arm.Name,
        Goal.ShareOf(arm, original) ?? throw new FrugalException($"The {Goal.Unit} of {arm.Name} were not measured."),
        arm.Mean(Metric.ValidationAccuracy) ?? throw new FrugalException($"The accuracy of {arm.Name} on the validation examples was not measured."));

    private (string Model, string Onnx) Write(string kept, DataSplits data)
    {
        string model = Path.Combine(Folder, "compressed"), onnx = Path.Combine(Folder, "compressed.onnx");
        using var subject = new Subject { Model = ModelFolder.Load(kept), Data = data, Random = new RandomStreams(Seed) };
        subject.Model.eval();
        ModelFolder.Save(subject.Model, model, data.Info);
        new ExportOnnx { Path = onnx }.Apply(subject);
        return (model, onnx);
    }
}

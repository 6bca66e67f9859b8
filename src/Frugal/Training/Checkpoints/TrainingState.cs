using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Frugal.Interop;
using Frugal.Recipes;

namespace Frugal.Training.Checkpoints;

/// <summary>What a checkpoint keeps besides tensors, as <c>state.json</c>. Random streams need no more than the seed and the update, which number them.</summary>
/// <param name="Format">Marks the file.</param>
/// <param name="Version">Version of Frugal that wrote it.</param>
/// <param name="Recipe">Every option of the training, the model's description, the data and the seed, by name.</param>
/// <param name="Forced">Differences of the recipe that were accepted when the run was resumed.</param>
/// <param name="Update">Updates seen; the position in the data follows from it.</param>
/// <param name="OptimizerUpdates">Updates made by the optimiser.</param>
/// <param name="Skipped">Updates left out.</param>
/// <param name="LossSum">Sum of the losses of the epoch in progress.</param>
/// <param name="LossCount">How many they are.</param>
/// <param name="Correct">Examples classified right in the epoch in progress.</param>
/// <param name="Judged">Of how many.</param>
/// <param name="Curve">The learning curve of this training.</param>
/// <param name="Methods">Numbers that the methods keep, by method and name.</param>
internal sealed record TrainingState(
    string Format,
    string Version,
    IReadOnlyDictionary<string, string> Recipe,
    IReadOnlyList<string> Forced,
    long Update,
    long OptimizerUpdates,
    long Skipped,
    double LossSum,
    long LossCount,
    long Correct,
    long Judged,
    IReadOnlyList<CurvePoint> Curve,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Methods)
{
    public const string CurrentFormat = "frugal-training-1";

    public static readonly string ThisVersion = typeof(TrainingState).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private static readonly JsonSerializerOptions options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
        NewLine = "\n",
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, options));

    /// <exception cref="FrugalException">The file is not what this version writes.</exception>
    public static TrainingState Read(string path)
    {
        try
        {
            var state = JsonSerializer.Deserialize<TrainingState>(File.ReadAllText(path), options);
            return state is { Format: CurrentFormat }
                ? state
                : throw new FrugalException($"'{path}' has the format '{state?.Format}'; this version of Frugal reads '{CurrentFormat}'.");
        }
        catch (JsonException fault)
        {
            throw new FrugalException($"'{path}' is not the state of a training: {fault.Message}", fault);
        }
    }
}

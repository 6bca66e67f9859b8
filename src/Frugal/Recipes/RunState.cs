using System.Text.Json;
using Frugal.Interop;

namespace Frugal.Recipes;

/// <summary>How far a run has come, kept beside the model of its last finished step so that another process can go on.</summary>
/// <param name="Completed">Steps that are finished.</param>
/// <param name="IsStepOpen">True while the next step is at work: found true at the start, the run was interrupted.</param>
/// <param name="WasInterrupted">True when the run was interrupted at any time; its durations are then not known.</param>
/// <param name="Metrics">What has been measured.</param>
/// <param name="Steps">What the finished steps did.</param>
/// <param name="Curve">The learning curve so far.</param>
internal sealed record RunState(
    int Completed,
    bool IsStepOpen,
    bool WasInterrupted,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyList<StepReport> Steps,
    IReadOnlyList<CurvePoint> Curve)
{
    private const string FileName = "run.json";

    public static RunState Fresh { get; } = new(0, false, false, new Dictionary<string, double>(), [], []);

    /// <summary>Reads the state of a run from its folder; a folder without one holds a run that has not begun.</summary>
    /// <exception cref="FrugalException">The file is not what this version writes.</exception>
    public static RunState Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return Fresh;
        try
        {
            return JsonSerializer.Deserialize<RunState>(File.ReadAllText(path)) ?? throw new JsonException("the file holds no object");
        }
        catch (JsonException fault)
        {
            throw new FrugalException($"'{path}' is not a run that can be resumed: {fault.Message} Remove its folder to begin anew.", fault);
        }
    }

    /// <summary>Writes the state into the run's folder.</summary>
    public void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this));
}

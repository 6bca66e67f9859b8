using System.Globalization;
using System.Text.Json;
using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Interop;
using Frugal.Models;
using static TorchSharp.torch;

namespace Frugal.Recipes.Steps;

/// <summary>
/// Writes the model as ONNX, for every batch size, and runs the file under ONNX Runtime beside the model before it takes its place.
/// </summary>
[Entry("export-onnx")]
public sealed class ExportOnnx : Step
{
    private readonly double tolerance = 1e-4;

    /// <summary>The file. In a run that has a folder it is a name inside that folder; otherwise any path.</summary>
    [Shorthand]
    public string Path { get; init; } = "model.onnx";

    /// <summary>Largest difference to the model that is accepted, as a part of the largest output.</summary>
    [Range(0, double.PositiveInfinity, AboveLow = true)]
    public double Tolerance { get => tolerance; init => tolerance = Guard.Positive(value); }

    /// <inheritdoc/>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var path = subject.Folder is { } folder ? ContainedPath.Resolve(folder, Path) : Path;
        var info = subject.Data.Info;
        using var example = zeros(1, info.Channels, info.Height, info.Width, device: subject.Device);
        Graph.Capture(subject.Model, example).ExportOnnx(path, new OnnxExportOptions
        {
            Tolerance = Tolerance,
            Seed = subject.Random.Seed,
            Metadata = Describe(subject.Model, info),
        });
        return subject;
    }

    private static Dictionary<string, string> Describe(Model model, DataInfo info) => new()
    {
        ["model"] = model.GetName(),
        ["class_names"] = JsonSerializer.Serialize(info.ClassNames),
        ["mean"] = string.Join(',', info.Mean.Select(mean => mean.ToString(CultureInfo.InvariantCulture))),
        ["std"] = string.Join(',', info.Std.Select(std => std.ToString(CultureInfo.InvariantCulture))),
    };
}

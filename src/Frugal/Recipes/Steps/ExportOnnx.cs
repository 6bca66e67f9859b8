using Frugal.Catalogue;
using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Interop;
using Frugal.Models.Runtime;
using static TorchSharp.torch;

namespace Frugal.Recipes.Steps;

/// <summary>
/// Writes the model as ONNX, for every batch size and every length that the model takes, and runs the file under ONNX Runtime beside the model before it takes its place. A model that a step made ready for ONNX
/// Runtime is written as it is.
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
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var path = subject.Folder is { } folder ? ContainedPath.Resolve(folder, Path) : Path;
        if (subject.Model is RuntimeModel ready)
        {
            ready.WriteOnnx(path);
            return subject;
        }
        using var example = subject.Model.Example(1, subject.Device);
        Graph.Capture(subject.Model, example, subject.Model.DynamicLengths).ExportOnnx(path, new OnnxExportOptions
        {
            Tolerance = Tolerance,
            Seed = subject.Random.Seed,
            Metadata = OnnxMetadata.Of(subject.Model, subject.Data.Info),
        });
        return subject;
    }
}

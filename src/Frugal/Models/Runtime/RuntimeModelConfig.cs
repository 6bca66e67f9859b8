using Frugal.Catalogue;

namespace Frugal.Models.Runtime;

/// <summary>
/// A network that a step made ready for ONNX Runtime: its file in the ONNX format is what is saved, and nothing of it can be trained. Steps make it (<c>quantize-int8</c>,
/// <c>onnx-runtime</c>); built by itself it is empty and cannot run.
/// </summary>
[Entry("onnx")]
[Unsupported("training", "its weights are those of a finished file; train the model before the step that makes the file")]
[Unsupported("save", "what a step made of a model is saved; the network of its own is empty")]
[Unsupported("resume", "its weights are those of a finished file; train the model before the step that makes the file")]
[Unsupported("onnx", "it is a finished file already, which export-onnx writes as it is")]
[Unsupported("pack", "its weights are those of a finished file, and none of its layers can be replaced")]
public sealed record RuntimeModelConfig : ImageModelConfig
{
    /// <summary>Length of the file.</summary>
    [Range(0, int.MaxValue)]
    public int Bytes { get; init => field = Guard.Between(value, 0, int.MaxValue); }

    /// <inheritdoc/>
    public override double LeastParameters => (double)Bytes / sizeof(float);

    /// <inheritdoc/>
    protected override Model Create() => new RuntimeModel(this);
}

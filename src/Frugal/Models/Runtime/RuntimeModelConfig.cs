using Frugal.Catalogue;
using Frugal.Data;

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
public sealed record RuntimeModelConfig : ModelConfig
{
    /// <summary>Length of the file.</summary>
    [Range(0, int.MaxValue)]
    public int Bytes { get; init => field = Guard.Between(value, 0, int.MaxValue); }

    /// <summary>Shape of one input: channels, height and width of an image, or the tokens of a text.</summary>
    public IReadOnlyList<int> InputShape { get; init => field = Checked(value, nameof(InputShape)); } = [];

    /// <summary>Whether the input is token ids instead of pixels.</summary>
    public bool TakesTokens { get; init; }

    /// <summary>Shape of what it gives for one input, e.g. its classes.</summary>
    public IReadOnlyList<int> OutputShape { get; init => field = Checked(value, nameof(OutputShape)); } = [];

    /// <inheritdoc/>
    public override ModelConfig FitTo(DataInfo data) => this;

    /// <inheritdoc/>
    public override ModelConfig Complete() => this;

    /// <inheritdoc/>
    public override double LeastParameters => (double)Bytes / sizeof(float);

    /// <inheritdoc/>
    protected override Model Create() => new RuntimeModel(this);

    private static IReadOnlyList<int> Checked(IReadOnlyList<int> shape, string option) => [.. shape.Select(size => Guard.Between(size, 1, 10_000_000, option))];
}

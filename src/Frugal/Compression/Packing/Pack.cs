using Frugal.Catalogue;
using Frugal.Compression.Quantization;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Compression.Packing;

/// <summary>
/// Puts compressed layers into the packed form that is fastest on this machine: pruned ones, Monarch, low rank; where an error is allowed, also 8-bit and fewer bits. Layers that follow
/// each other run as one call. What would not make the whole network faster is left alone, with the reason. The last step that changes a model: a packed layer cannot be trained.
/// </summary>
[Entry("pack")]
[Capabilities(WorksOn = ["Linear", "Conv2d"], CombinesWith = ["gradual-pruning", "monarch", "low-rank"], NeedsData = true, ChangesShapes = true)]
public sealed class Pack : Step
{
    // What layers are given must be like what they will be; how many rows there are follows from the batch sizes.
    private const int NumExamples = 16;

    private readonly IReadOnlyList<int> batchSizes = [1, 32];

    /// <summary>Batch sizes at all of which packed layers, and the network with them, must be faster.</summary>
    public IReadOnlyList<int> BatchSizes
    {
        get => batchSizes;
        init => batchSizes = value.Count > 0
            ? [.. value.Select(size => Guard.Between(size, 1, 65_536, nameof(BatchSizes)))]
            : throw new ArgumentOutOfRangeException(nameof(BatchSizes), value, "BatchSizes must name at least one batch size");
    }

    /// <summary>
    /// Largest error of a packed layer: root mean square of what its outputs lose, as a part of theirs, on training examples. 0 allows only forms that compute the same; 8-bit weights and
    /// inputs lose about 0.01.
    /// </summary>
    [Range(0, 1)]
    public double MaxError { get; init => field = Guard.Between(value, 0, 1); }

    /// <inheritdoc/>
    public override bool IsTimed => true;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model is not on the CPU, where the kernels run.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject.Device.type != DeviceType.CPU)
            throw new FrugalException($"pack makes a model for the CPU, but this one is on {subject.Device}; run the recipe with --device cpu.");
        using var scope = NewDisposeScope();
        var examples = CalibrationExamples.Of(subject.Data.Train, NumExamples, subject.Random)[0];
        var report = Packing.Pack(subject.Model, examples, BatchSizes, MaxError);
        foreach (var choice in report.Choices)
            subject.Report(new RunEvent.Note($"{choice}."));
        subject.Report(new RunEvent.Note($"{report}."));
        return subject;
    }
}

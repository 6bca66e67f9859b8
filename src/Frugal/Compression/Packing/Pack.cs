using Frugal.Catalogue;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Compression.Packing;

/// <summary>
/// Puts pruned linear layers into the form that stores and multiplies only what is not zero, each where that is faster on this machine; the
/// others it leaves alone and says why. The last step that changes a model: a packed layer cannot be trained.
/// </summary>
[Entry("pack")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["gradual-pruning"], ChangesShapes = true)]
public sealed class Pack : Step
{
    private readonly IReadOnlyList<int> batchSizes = [1, 32];

    /// <summary>Batch sizes at all of which a packed layer must be faster than the dense one.</summary>
    public IReadOnlyList<int> BatchSizes
    {
        get => batchSizes;
        init => batchSizes = value.Count > 0
            ? [.. value.Select(size => Guard.Between(size, 1, 65_536, nameof(BatchSizes)))]
            : throw new ArgumentOutOfRangeException(nameof(BatchSizes), value, "BatchSizes must name at least one batch size");
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model is not on the CPU, where the kernels run.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject.Device.type != DeviceType.CPU)
            throw new FrugalException($"pack makes a model for the CPU, but this one is on {subject.Device}; run the recipe with --device cpu.");
        var info = subject.Data.Info;
        using var scope = NewDisposeScope();
        foreach (var choice in Packing.Pack(subject.Model, zeros(1, info.Channels, info.Height, info.Width), BatchSizes))
            subject.Report(new RunEvent.Note($"{choice}."));
        return subject;
    }
}

using Frugal.Catalogue;
using Frugal.Data;
using static TorchSharp.torch;

namespace Frugal.Training.Methods;

/// <summary>
/// Trains on examples of some classes alone: leaves those of others out of every batch, which becomes smaller by them. For studies of what a network that knows some classes makes of more.
/// </summary>
[Entry("only-classes")]
[Capabilities(NeedsData = true)]
public sealed class OnlyClasses : TrainingMethod
{
    /// <summary>Numbers of the classes, from 0.</summary>
    [Shorthand]
    public required IReadOnlyList<int> Classes { get; init; }

    /// <inheritdoc/>
    public override Phase Phase => Phase.Data;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No class is named, the data has no such class, or its examples are not of one class each.</exception>
    public override void OnFitStart(Fit fit)
    {
        ArgumentNullException.ThrowIfNull(fit);
        var info = fit.Subject.Data.Info;
        if (info.Targets != TargetKind.Label)
            throw new FrugalException("only-classes needs examples of one class each, and the data asks for something else.");
        if (Classes.Count == 0 || Classes.Any(label => label < 0 || label >= info.NumClasses))
            throw new FrugalException($"only-classes needs classes between 0 and {info.NumClasses - 1}, and got [{string.Join(", ", Classes)}].");
    }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The batch has no example of these classes.</exception>
    public override void OnBatch(Fit fit, ref Batch batch)
    {
        ArgumentNullException.ThrowIfNull(fit);
        ArgumentNullException.ThrowIfNull(batch);
        var (examples, indices) = (fit.Examples, batch.Indices);
        long[] kept = [.. Enumerable.Range(0, indices.Count).Where(row => Classes.Contains(examples.Label(indices[row]))).Select(row => (long)row)];
        if (kept.Length == 0)
            throw new FrugalException($"A batch of {indices.Count} examples has none of the classes [{string.Join(", ", Classes)}]; take a larger batch-size.");
        using var rows = tensor(kept, device: batch.Inputs.device);
        batch = new Batch(batch.Inputs.index_select(0, rows), batch.Targets.index_select(0, rows), [.. kept.Select(row => indices[(int)row])]);
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }
}

using Frugal.Catalogue;
using Frugal.Data;
using static TorchSharp.torch;

namespace Frugal.Training.Methods;

/// <summary>
/// Replaces the label of every training example by a random one, the same in every epoch. An arm with it must lose: a study in which it does
/// not is not measuring what it says.
/// </summary>
[Entry("shuffle-labels")]
[Capabilities(NeedsData = true)]
public sealed class ShuffleLabels : TrainingMethod
{
    /// <inheritdoc/>
    public override Phase Phase => Phase.Data;

    /// <inheritdoc/>
    public override void OnBatch(Fit fit, ref Batch batch)
    {
        ArgumentNullException.ThrowIfNull(fit);
        ArgumentNullException.ThrowIfNull(batch);
        var subject = fit.Subject;
        int classes = subject.Data.Info.NumClasses;
        long[] labels = [.. batch.Indices.Select(index => (long)subject.Random.At("shuffle-labels", index).NextInt(classes))];
        batch = batch with { Targets = tensor(labels, device: batch.Targets.device) };
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }
}

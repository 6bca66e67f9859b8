using Frugal.Catalogue;
using Frugal.Data;
using static TorchSharp.torch;

namespace Frugal.Training.Methods;

/// <summary>
/// Replaces the labels of training examples by random ones, the same in every epoch: of all, or of a share, as careless labelling would. An arm with all labels replaced must lose: a study in
/// which it does not is not measuring what it says.
/// </summary>
[Entry("shuffle-labels")]
[Capabilities(NeedsData = true)]
public sealed class ShuffleLabels : TrainingMethod
{
    /// <summary>Chance of each example to have its label replaced; the random one may be right.</summary>
    [Range(0, 1)]
    [Shorthand]
    public double Share { get; init => field = Guard.Between(value, 0, 1); } = 1;

    /// <inheritdoc/>
    public override Phase Phase => Phase.Data;

    /// <inheritdoc/>
    public override void OnBatch(Fit fit, ref Batch batch)
    {
        ArgumentNullException.ThrowIfNull(fit);
        ArgumentNullException.ThrowIfNull(batch);
        var subject = fit.Subject;
        int classes = subject.Data.Info.NumClasses;
        var examples = fit.Examples;
        long[] labels = [.. batch.Indices.Select(index =>
        {
            var random = subject.Random.At("shuffle-labels", index);
            int label = random.NextInt(classes);
            return (long)(random.NextBool(Share) ? label : examples.Label(index));
        })];
        batch = batch with { Targets = tensor(labels, device: batch.Targets.device) };
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }
}

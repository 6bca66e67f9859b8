using Frugal.Catalogue;
using Frugal.Compression.Quantization;
using Frugal.Recipes;
using Frugal.Training.Methods.Pruning;
using static TorchSharp.torch;

namespace Frugal.Compression.Pruning;

/// <summary>
/// Keeps N of every M neighbouring weights of each output of linear layers, all at once: the largest, or those that weigh most on calibration examples. Train on with <c>keep-zeros</c>, or let the masks
/// follow the training with <c>ast</c>.
/// </summary>
[Entry("n-of-m-pruning", Paper = "ast")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["keep-zeros", "pack"], PackedForm = "N:M")]
public sealed class NofMPruning : LayerStep
{
    /// <summary>How many of how many neighbouring inputs stay, e.g. <c>2:4</c>; the group must divide the inputs of every layer.</summary>
    [Shorthand]
    public NofMPattern Pattern { get; init; } = NofMPattern.TwoOfFour;

    /// <summary>By what weights are judged.</summary>
    public WeightScore Score { get; init; }

    /// <summary>Training examples on which the sizes of inputs are measured for <c>score: wanda</c>.</summary>
    [Range(1, 1_000_000)]
    public int Calibration { get; init => field = Guard.Between(value, 1, 1_000_000); } = 128;

    /// <summary>True when the classifying layer takes part as well.</summary>
    public bool IncludeClassifier { get; init; }

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No layer is chosen, or groups do not divide the inputs of one; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var layers = SparseLinears.Of(subject.Model, Include, Exclude, IncludeClassifier, Pattern, Name);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var norms = Score == WeightScore.Wanda
            ? InputNorms.Of(subject.Model, layers, [.. CalibrationExamples.Of(subject.Data.Train, Calibration, subject.Random).Select(batch => batch.to(subject.Device))])
            : null;
        for (int i = 0; i < layers.Count; i++)
        {
            var weight = layers[i].Layer.weight!;
            weight.mul_(NofMMask.Of(NofMMask.Scores(weight, norms?[i]), Pattern));
            norms?[i].Dispose();
        }
        return subject;
    }
}

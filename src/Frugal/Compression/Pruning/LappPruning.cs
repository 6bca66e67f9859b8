using Frugal.Catalogue;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Pruning;

namespace Frugal.Compression.Pruning;

/// <summary>
/// Brings a network to a share of its multiply-adds in a training of its own: filters are switched off by thresholds that each layer learns, and are gone at the end (Zhai et al. 2023, arXiv 2309.14157). The
/// training method <c>lapp</c> as a step, for networks that are trained already.
/// </summary>
[Entry("lapp", Paper = "lapp")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["train", "distillation", "quantize-int8"], NeedsData = true, ChangesShapes = true)]
public sealed class LappPruning : Step
{
    /// <summary>How filters are chosen and how many stay: the options of the training method <c>lapp</c>.</summary>
    public Lapp Method { get; init; } = new();

    /// <summary>The training in which thresholds are learned and the network settles: the options of <c>train</c>.</summary>
    public Train Stage { get; init; } = new();

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => Stage.LearnsFrom;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No convolution takes part, the cost cannot be reached, or the training fails; the model is as before.</exception>
    public override Subject Apply(Subject subject) => Stage.With([Method]).Apply(subject);
}

using Frugal.Catalogue;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Pruning;

namespace Frugal.Compression.Pruning;

/// <summary>
/// Brings a network to a share of its multiply-adds in a training of its own: filters are switched off by thresholds that each layer learns, and are gone at the end (Zhai et al. 2023, arXiv 2309.14157). The
/// training method <c>lapp</c> as a step, for networks that are trained already; its finer options are the method's.
/// </summary>
[Entry("lapp", Paper = "lapp")]
[Capabilities(WorksOn = ["Conv2d"], CombinesWith = ["train", "distillation", "quantize-int8"], NeedsData = true, ChangesShapes = true)]
public sealed class LappPruning : LayerStep
{
    /// <summary>Share of the multiply-adds that is kept at most, ρ, bypasses included.</summary>
    [Range(0, 1, AboveLow = true)]
    [Shorthand]
    public double KeepMacs { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 0.5;

    /// <summary>How long thresholds are learned, from the start; the cost that is asked for falls linearly meanwhile.</summary>
    public Duration PruningPhase { get; init; } = 0.2;

    /// <summary>Channels inside a bypass, as a share of the filters, at least 4; 0 for no bypass, so that channels without filters are removed from the network.</summary>
    [Range(0, 1)]
    public double BypassShare { get; init => field = Guard.Between(value, 0, 1); } = 0.25;

    /// <summary>Without a bypass, counts input channels as gone that the convolution before loses.</summary>
    public bool CountsInputs { get; init; } = true;

    /// <summary>Share of its filters that a layer keeps at least; one always stays.</summary>
    [Range(0, 1)]
    public double LeastShare { get; init => field = Guard.Between(value, 0, 1); } = 0.125;

    /// <summary>True when the first convolution, and those with kernels of 1x1, take part as well.</summary>
    public bool IncludeAll { get; init; }

    /// <summary>The training in which thresholds are learned and the network settles: the options of <c>train</c>.</summary>
    public Train Stage { get; init; } = new();

    /// <inheritdoc/>
    public override IEnumerable<Teacher> LearnsFrom => Stage.LearnsFrom;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">No convolution takes part, the cost cannot be reached, or the training fails; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        var method = new Lapp
        {
            KeepMacs = KeepMacs,
            PruningPhase = PruningPhase,
            BypassShare = BypassShare,
            CountsInputs = CountsInputs,
            LeastShare = LeastShare,
            IncludeAll = IncludeAll,
            Include = Include,
            Exclude = Exclude,
        };
        return Stage.With([method]).Apply(subject);
    }
}

using Frugal.Catalogue;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Recipes;

namespace Frugal.Analysis;

/// <summary>
/// Plans how the mixtures of experts of a model are divided among devices for inference (Rajbhandari et al. 2022, "DeepSpeed-MoE", arXiv 2201.05596, section 5): for each mixture the degrees of expert parallelism and
/// slicing, the number of copies and the kind of exchange with the least estimated time that the memory allows. The model stays as it is; each mixture's plan is noted.
/// </summary>
/// <remarks>Estimates <c>planned-expert-latency</c>, microseconds of all mixtures for one pass, and <c>planned-device-bytes</c>, bytes of experts on a device: of the cost model, not measured.</remarks>
[Entry("plan-experts", Paper = "deepspeed-moe")]
[Capabilities(WorksOn = ["MixtureOfExperts"], CombinesWith = ["pr-moe", "upcycle"])]
public sealed class PlanExperts : Step
{
    /// <summary>The devices.</summary>
    [Shorthand]
    public DeviceCluster Cluster { get; init; } = new();

    /// <summary>Tokens of a pass over all devices; few where text is generated word by word.</summary>
    [Range(1, 1_000_000_000)]
    public long Tokens { get; init => field = Guard.Between(value, 1, 1_000_000_000); } = 128;

    /// <summary>Bytes of a weight and of a feature: 4, or 2 in half precision.</summary>
    [Range(0, 16, AboveLow = true)]
    public double BytesPerNumber { get; init => field = Guard.Positive(Guard.Between(value, 0, 16)); } = 4;

    /// <inheritdoc/>
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no mixture of experts, or they do not fit the devices.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var layers = LayerSelection.All.Of<MixtureOfExperts>(subject.Model);
        if (layers.Count == 0)
            throw new FrugalException($"plan-experts finds no mixture of experts in {subject.Model.GetName()}; pr-moe and upcycle put one in the place of feed-forward blocks.");
        var residual = LayerSelection.All.Of<ResidualMixtureOfExperts>(subject.Model).Select(layer => $"{layer.Path}.moe").ToHashSet();
        var plan = ExpertPlanner.Plan(Cluster, [.. layers.Select(layer => ShapeOf(layer.Layer, residual.Contains(layer.Path)))], Tokens, BytesPerNumber);
        foreach (var (layer, placement) in layers.Zip(plan))
            subject.Report(new RunEvent.Note($"{layer.Path}: {placement}"));
        subject.Metrics["planned-expert-latency"] = plan.Sum(placement => placement.LatencyUs);
        subject.Metrics["planned-device-bytes"] = plan.Sum(placement => placement.DeviceBytes);
        return subject;
    }

    private static ExpertLayerShape ShapeOf(MixtureOfExperts layer, bool isResidual) =>
        new(layer.Dim, layer.HiddenDim, layer.NumExperts, layer.Router!.ExpertsPerToken(layer.NumExperts), isResidual, layer.IsGated, layer.HasBias);
}

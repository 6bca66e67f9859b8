using Frugal.Catalogue;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using static System.FormattableString;

namespace Frugal.Analysis;

/// <summary>
/// Plans how the mixtures of experts of a model are divided among devices for inference (Rajbhandari et al. 2022, "DeepSpeed-MoE", arXiv 2201.05596, section 5): for each mixture the degrees of expert parallelism and
/// slicing, the number of copies and the kind of exchange with the least estimated time that the memory allows. The model stays as it is; each mixture's plan is noted.
/// </summary>
/// <remarks>
/// With <see cref="Examples"/> the plan is also run on real tokens (<see cref="ExpertParallelRun"/>, all devices in this process): <c>rows-sent</c>, rows that go to other ranks over all mixtures, and
/// <c>busiest-rank</c>, rows of the busiest rank over the mean, the largest of any mixture; the cost model takes even loads. Estimates <c>planned-expert-latency</c>, microseconds of all mixtures for one pass, and <c>planned-device-bytes</c>, bytes of experts on a device: of the cost model, not measured.
/// </remarks>
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

    /// <summary>Test examples that the plan is run on, the first ones; 0 to estimate alone.</summary>
    [Range(0, 1_000_000)]
    public int Examples { get; init => field = Guard.Between(value, 0, 1_000_000); }

    /// <inheritdoc/>
    public override bool NeedsWeights => Examples > 0;

    /// <inheritdoc/>
    public override bool ReadsTest => Examples > 0;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no mixture of experts, or they do not fit the devices.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var layers = LayerSelection.All.Of<MixtureOfExperts>(subject.Model);
        if (layers.Count == 0)
            throw new FrugalException($"plan-experts finds no mixture of experts in {subject.Model.GetName()}; pr-moe and upcycle put one in the place of feed-forward blocks.");
        var residual = LayerSelection.All.Of<ResidualMixtureOfExperts>(subject.Model).Select(layer => layer.Layer.Mixture).ToHashSet();
        var plan = ExpertPlanner.Plan(Cluster, [.. layers.Select(layer => ShapeOf(layer.Layer, residual.Contains(layer.Layer)))], Tokens, BytesPerNumber);
        foreach (var (layer, placement) in layers.Zip(plan))
            subject.Report(new RunEvent.Note($"{layer.Path}: {placement}"));
        subject.Metrics["planned-expert-latency"] = plan.Sum(placement => placement.LatencyUs);
        subject.Metrics["planned-device-bytes"] = plan.Sum(placement => placement.DeviceBytes);
        if (Examples > 0)
            Report(subject, layers, PlannedTraffic.Of(subject, layers, plan, Examples));
        return subject;
    }

    private static void Report(Subject subject, IReadOnlyList<SelectedLayer<MixtureOfExperts>> layers, IReadOnlyList<ExpertTraffic> traffic)
    {
        foreach (var (layer, seen) in layers.Zip(traffic))
            subject.Report(new RunEvent.Note(Invariant($"{layer.Path}: {seen.Rows} rows go to other ranks, {seen.PaddedRows} with buffers of one size; the busiest rank computes {seen.Busiest:0.##} times the mean")));
        subject.Metrics["rows-sent"] = traffic.Sum(seen => (double)seen.Rows);
        subject.Metrics["busiest-rank"] = traffic.Max(seen => seen.Busiest);
    }

    private static ExpertLayerShape ShapeOf(MixtureOfExperts layer, bool isResidual) =>
        new(layer.Dim, layer.HiddenDim, layer.NumExperts, layer.Router!.ExpertsPerToken(layer.NumExperts), isResidual, layer.IsGated, layer.HasBias);
}

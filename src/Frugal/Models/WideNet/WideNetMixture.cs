using System.Text.Json.Serialization;
using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Experts;

namespace Frugal.Models;

/// <summary>The mixture of experts that all blocks of a WideNet share (Xue et al. 2021, arXiv 2107.11817, section 3): the top k of a softmax that is not normalised again, noise in training, room in the order of the tokens.</summary>
public sealed record WideNetMixture
{
    /// <summary>Number of experts, E; 1 makes it an ordinary feed-forward block.</summary>
    [JsonPropertyName("num_experts")]
    [Range(1, 4096)]
    [Shorthand]
    public int Experts { get; init => field = Guard.Between(value, 1, 4096); } = 4;

    /// <summary>Experts of a token, K.</summary>
    [JsonPropertyName("top_k")]
    [Range(1, 4096)]
    public int TopK { get; init => field = Guard.Between(value, 1, 4096); } = 2;

    /// <summary>c: an expert takes ⌊c · tokens · K ÷ E⌋ tokens of a batch in training, those that come first; null to drop none.</summary>
    [JsonPropertyName("capacity_factor")]
    [Range(0, 1e6, AboveLow = true)]
    public double? CapacityFactor { get; init => field = value is { } factor ? Guard.Positive(Guard.Between(factor, 0, 1e6)) : null; } = 1.2;

    /// <summary>
    /// The same in evaluation; null to drop none there. Only then does an example get the same answer whatever comes with it, and only then can the model be exported.
    /// </summary>
    [JsonPropertyName("evaluation_capacity_factor")]
    [Range(0, 1e6, AboveLow = true)]
    public double? EvaluationCapacityFactor { get; init => field = value is { } factor ? Guard.Positive(Guard.Between(factor, 0, 1e6)) : null; }

    /// <summary>Standard deviation of the noise on the router's logits in training, in units of 1 ÷ E.</summary>
    [JsonPropertyName("router_noise")]
    [Range(0, 1000)]
    public double Noise { get; init => field = Guard.Between(value, 0, 1000); } = 1;

    /// <summary>λ, the factor of the balance loss; every block adds one.</summary>
    [JsonPropertyName("balance_weight")]
    [Range(0, 1e6)]
    public double BalanceWeight { get; init => field = Guard.Between(value, 0, 1e6); } = 0.01;

    /// <summary>The layer.</summary>
    internal MixtureOfExperts Create(long dim, long hiddenDim, Activation activation, double dropRate) => new(
        dim, hiddenDim, Experts, new TopKRouter { K = TopK, Weights = ExpertWeights.Probability, LogitNoise = Noise }, activation: activation, dropRate: dropRate, capacity: Capacity(), balanceWeight: BalanceWeight);

    private ExpertCapacity? Capacity()
    {
        if (CapacityFactor is null && EvaluationCapacityFactor is null)
            return null;
        // A factor of E gives every token room, in training as if there were no capacity.
        return new() { Factor = CapacityFactor ?? Experts, EvaluationFactor = EvaluationCapacityFactor, RoundsUp = false, Minimum = 0, Order = CapacityOrder.Token };
    }
}

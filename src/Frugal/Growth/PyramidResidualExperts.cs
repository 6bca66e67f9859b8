using System.Runtime.CompilerServices;
using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Growth;

/// <summary>
/// Puts mixtures of experts in the place of every other feed-forward block, with more experts in later layers and beside each mixture the block as it was (Rajbhandari et al. 2022, "DeepSpeed-MoE", arXiv 2201.05596,
/// section 4.1): a pyramid-residual MoE. Experts and block begin as copies of the block that was there.
/// </summary>
/// <remarks>Other than after <see cref="Upcycle"/>, the model does not compute what it did: the probability of the one expert scales its output, and mixture and block share a weight of 1.</remarks>
[Entry("pr-moe", Paper = "deepspeed-moe")]
[Capabilities(WorksOn = ["feed-forward block"], CombinesWith = ["train", "measure-experts", "staged-distillation", "plan-experts"], ChangesShapes = true)]
public sealed class PyramidResidualExperts : BlockStep
{
    /// <summary>
    /// Experts of the mixtures from input to output, none fewer than of the one before: a pyramid. The last number is the last layer's, and the first one also that of layers before those that are listed: of twelve,
    /// <c>[32, 64, 64]</c> gives ten with 32 and two with 64.
    /// </summary>
    [Shorthand]
    public IReadOnlyList<int> Experts { get; init => field = Pyramid(value); } = [4, 8];

    /// <summary>Every how many blocks there is a mixture: the last of each such group.</summary>
    [Range(1, 1000)]
    public int Every { get; init => field = Guard.Between(value, 1, 1000); } = 2;

    /// <summary>Whether the block stays beside the mixture; without it, it is an ordinary mixture of a pyramid.</summary>
    public bool IsResidual { get; init; } = true;

    /// <summary>Experts that compute a token. One is weighted by its probability; more by their shares of those that found room.</summary>
    [Range(1, 4096)]
    public int TopK { get; init => field = Guard.Between(value, 1, 4096); } = 1;

    /// <summary>
    /// How many tokens an expert takes; null for all that chose it. By default as many as there are for each expert in training, a random selection of those that chose it, and all in evaluation, without which the model
    /// could not be exported.
    /// </summary>
    public ExpertCapacity? Capacity { get; init; } = new() { Factor = 1, Minimum = 4, Order = CapacityOrder.Random };

    /// <summary>In training the gates see their input times a random number within 1 ± this; the released code's jitter is 0.01.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Jitter { get; init => field = Guard.Fraction(value); }

    /// <summary>Factor of the loss that keeps loads even.</summary>
    [Range(0, 1e6)]
    public double BalanceWeight { get; init => field = Guard.Between(value, 0, 1e6); } = 0.01;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has too few feed-forward blocks, one has layers with biases and without, or more experts are asked for a token than there are; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        new TopKRouter { K = TopK }.Require(Experts[0]);
        using (new KeptRandomState())
        {
            ReplaceChosen(subject.Model, blocks =>
            {
                var chosen = blocks.Where((_, position) => position % Every == Every - 1).ToList();
                if (chosen.Count == 0)
                    throw new FrugalException($"pr-moe puts a mixture in every {Every}th feed-forward block, and {subject.Model.GetName()} has {blocks.Count}; set every: 1");
                return chosen.Zip(ExpertsOf(chosen.Count)).Select((each, position) => (each.First, (Func<Module<Tensor, Tensor>>)(() => Mixture(each.First, each.Second, subject, position))));
            });
        }
        return subject;
    }

    /// <summary>The number of experts of each mixture, as <see cref="Experts"/> gives it for so many.</summary>
    /// <exception cref="FrugalException">There are more numbers than mixtures.</exception>
    internal IReadOnlyList<int> ExpertsOf(int mixtures) => Experts.Count <= mixtures
        ? [.. Enumerable.Repeat(Experts[0], mixtures - Experts.Count), .. Experts]
        : throw new FrugalException($"pr-moe was given {Experts.Count} numbers of experts, and with a mixture in every {(Every == 1 ? "" : $"{Every}th ")}block there are {mixtures}; give as many numbers or fewer, or set every");

    private Layer Mixture(FeedForwardBlock block, int experts, Subject subject, int position)
    {
        using var generator = subject.Random.TorchAt("pr-moe", subject.History.Count, position);
        var router = new TopKRouter { K = TopK, Weights = TopK == 1 ? ExpertWeights.Probability : ExpertWeights.NormalizedAfterDropping, BalancesFirst = true };
        bool isGated = block.Gate is not null, hasBias = block.RequireBias();
        Layer layer = IsResidual
            ? new ResidualMixtureOfExperts(block.Dim, block.HiddenDim, experts, router, block.Activation, isGated, hasBias, block.DropRate, Capacity, Jitter, BalanceWeight)
            : new MixtureOfExperts(
                block.Dim, block.HiddenDim, experts, router, activation: block.Activation, isGated: isGated, hasBias: hasBias, dropRate: block.DropRate, capacity: Capacity, jitter: Jitter, balanceWeight: BalanceWeight);
        double bound = 1 / Math.Sqrt(block.Dim);
        string mixture = IsResidual ? "moe." : "";
        foreach (string fresh in IsResidual ? (string[])[$"{mixture}gate.weight", "coefficient.weight", "coefficient.bias"] : ["gate.weight"])
            layer.get_parameter(fresh)!.uniform_(-bound, bound, generator);
        for (int expert = 0; expert < experts; expert++)
            ModuleSurgery.Replace(layer, $"{mixture}experts.{expert}", block.Copy());
        if (IsResidual)
            ModuleSurgery.Replace(layer, "mlp", block.Copy());
        return layer;
    }

    private static IReadOnlyList<int> Pyramid(IReadOnlyList<int> value, [CallerMemberName] string option = "")
    {
        ArgumentNullException.ThrowIfNull(value);
        foreach (int experts in value)
            Guard.Between(experts, 1, 4096, option);
        return value.Count > 0 && value.Zip(value.Skip(1)).All(pair => pair.First <= pair.Second)
            ? value
            : throw new ArgumentOutOfRangeException(option, string.Join(", ", value), $"{option} must be one or more numbers, none smaller than the one before it");
    }
}

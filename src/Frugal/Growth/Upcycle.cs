using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Growth;

/// <summary>
/// Puts a mixture of experts in the place of each feed-forward block, every expert a copy of the block (Komatsuzaki et al. 2022, "Sparse Upcycling", arXiv 2212.05055): the model computes what it did, and training
/// then makes the experts differ. Weights of the chosen experts add up to 1.
/// </summary>
[Entry("upcycle")]
[Capabilities(WorksOn = ["feed-forward block"], CombinesWith = ["train", "measure-experts"], ChangesShapes = true)]
public sealed class Upcycle : BlockStep
{
    /// <summary>Experts of a block.</summary>
    [Range(1, 4096)]
    public int Experts { get; init => field = Guard.Between(value, 1, 4096); } = 8;

    /// <summary>Experts that compute a token.</summary>
    [Range(1, 4096)]
    public int TopK { get; init => field = Guard.Between(value, 1, 4096); } = 2;

    /// <summary>How the gates' logits come from a token.</summary>
    public GateForm Gate { get; init; } = GateForm.Linear;

    /// <summary>How many tokens an expert takes; null for all that chose it. A capacity may drop tokens, after which the model no longer computes what it did.</summary>
    public ExpertCapacity? Capacity { get; init; }

    /// <summary>In training the gates see their input times a random number within 1 ± this.</summary>
    [Range(0, 1, BelowHigh = true)]
    public double Jitter { get; init => field = Guard.Fraction(value); }

    /// <summary>Factor of the loss that keeps loads even.</summary>
    [Range(0, 1e6)]
    public double BalanceWeight { get; init => field = Guard.Between(value, 0, 1e6); } = 0.01;

    /// <summary>Factor of the loss that keeps the gates' logits small.</summary>
    [Range(0, 1e6)]
    public double ZWeight { get; init => field = Guard.Between(value, 0, 1e6); }

    /// <summary>Standard deviation of the gates' weights at the start.</summary>
    [Range(0, 1000)]
    public double GateDeviation { get; init => field = Guard.Between(value, 0, 1000); } = 0.02;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no feed-forward block, one has layers with biases and without, or more experts are asked for a token than there are; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        new TopKRouter { K = TopK }.Require(Experts);
        int index = 0;
        using (new KeptRandomState())
        {
            Replace(subject.Model, block =>
            {
                using var generator = subject.Random.TorchAt("upcycle", subject.History.Count, index++);
                return Mixture(block, generator);
            });
        }
        return subject;
    }

    private MixtureOfExperts Mixture(FeedForwardBlock block, Generator generator)
    {
        var mixture = new MixtureOfExperts(
            block.Dim, block.HiddenDim, Experts, new TopKRouter { K = TopK }, Gate, activation: block.Activation, isGated: block.Gate is not null, hasBias: block.RequireBias(), dropRate: block.DropRate, capacity: Capacity,
            jitter: Jitter, balanceWeight: BalanceWeight, zWeight: ZWeight);
        mixture.get_parameter("gate.weight")!.normal_(0, GateDeviation, generator);
        for (int expert = 0; expert < Experts; expert++)
            ModuleSurgery.Replace(mixture, $"experts.{expert}", block.Copy());
        return mixture;
    }
}

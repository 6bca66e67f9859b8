using Frugal.Catalogue;
using Frugal.Growth;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Compression.Experts;

/// <summary>
/// Cuts the hidden units of each feed-forward block into experts without new weights but a router's, of which a token then runs k (Zhao et al. 2024, FactorLLM, arXiv 2408.11855). With all experts at work the block
/// computes what it did; with k of e it costs k ÷ e, and <c>prior-approximate</c> teaches the router which experts come closest.
/// </summary>
/// <remarks>A token's experts count e ÷ k each, without a probability, so that no gradient of the task reaches the router. Where the last layer has a bias, each expert has its e-th part.</remarks>
[Entry("factorllm", Paper = "factorllm")]
[Capabilities(WorksOn = ["feed-forward block"], CombinesWith = ["train", "prior-approximate", "measure-experts", "pack-experts"], ChangesShapes = true)]
public sealed class FactorLlm : BlockStep
{
    /// <summary>Experts that a block is cut into; they divide its hidden units.</summary>
    [Range(1, 4096)]
    public int Experts { get; init => field = Guard.Between(value, 1, 4096); } = 4;

    /// <summary>Experts that compute a token.</summary>
    [Range(1, 4096)]
    public int TopK { get; init => field = Guard.Between(value, 1, 4096); } = 2;

    /// <summary>Which hidden units make up an expert.</summary>
    public UnitSplit Split { get; init; } = UnitSplit.Contiguous;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model has no feed-forward block, the experts do not divide one's hidden units, or more experts are asked for a token than there are; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        new TopKRouter { K = TopK }.Require(Experts);
        int index = 0;
        using (new KeptRandomState())
        {
            Replace(subject.Model, block =>
            {
                using var generator = subject.Random.TorchAt("factorllm", subject.History.Count, index++);
                return Factor(block, generator);
            });
        }
        return subject;
    }

    /// <summary>Cuts one block; the router's weights are uniform within 1 / √width.</summary>
    internal MixtureOfExperts Factor(FeedForwardBlock block, Generator generator)
    {
        if (block.HiddenDim % Experts != 0)
            throw new FrugalException($"factorllm: {Experts} experts do not divide the {block.HiddenDim} hidden units of '{block.Path}' evenly");
        bool hasBias = block.RequireBias();
        var mixture = new MixtureOfExperts(
            block.Dim, block.HiddenDim / Experts, Experts, new TopKRouter { K = TopK, Weights = ExpertWeights.Even }, hasGateBias: true, activation: block.Activation, isGated: block.Gate is not null, hasBias: hasBias,
            dropRate: block.DropRate, balanceWeight: 0);
        double bound = 1 / Math.Sqrt(block.Dim);
        mixture.get_parameter("gate.weight")!.uniform_(-bound, bound, generator);
        mixture.get_parameter("gate.bias")!.uniform_(-bound, bound, generator);
        var parts = Split == UnitSplit.Similar
            ? FactorMath.SimilarParts((block.Gate ?? block.Up).weight!, Experts)
            : FactorMath.Parts(block.HiddenDim, Experts, Split == UnitSplit.Random ? generator : null);
        for (int expert = 0; expert < Experts; expert++)
        {
            var slice = block.Slice(parts[expert]);
            if (hasBias)
                slice.get_parameter(block.Gate is null ? "fc2.bias" : "down_proj.bias")!.div_(Experts);
            ModuleSurgery.Replace(mixture, $"experts.{expert}", slice);
        }
        return mixture;
    }
}

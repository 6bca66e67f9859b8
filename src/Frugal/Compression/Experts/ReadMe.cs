using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Growth;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Models.Text;
using Frugal.Native;
using Frugal.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Experts;

/// <summary>
/// Cuts a dense text model into an expert for each domain of its training data, which keeps the hidden units that are most active there, and puts a router in front that decides the expert of a token for all layers
/// before the first one runs (Cai et al. 2024, Read-ME, arXiv 2410.19123). A token then costs the share of the blocks that an expert keeps; <c>routing-distillation</c> teaches the router and trains the experts.
/// </summary>
/// <remarks>Domains are the labels of the training examples, e.g. of <c>domain-sequences</c>, or ranges of examples. The output of an expert is not multiplied by a gate's value.</remarks>
[Entry("read-me", Paper = "read-me")]
[Capabilities(WorksOn = ["feed-forward block"], CombinesWith = ["train", "routing-distillation", "measure-experts", "measure-domain-experts", "measure-serving"], ChangesShapes = true, NeedsData = true)]
public sealed class ReadMe : BlockStep
{
    /// <summary>Training examples of each domain on which activity is measured.</summary>
    [Range(1, 10_000_000)]
    [Shorthand]
    public int Samples { get; init => field = Guard.Between(value, 1, 10_000_000); } = 16;

    /// <summary>The training examples of each domain; none takes the labels that the data has for domains.</summary>
    public IReadOnlyList<ExampleRange> Domains { get; init; } = [];

    /// <summary>Share of a block's hidden units that an expert keeps.</summary>
    [Range(0, 1, AboveLow = true)]
    public double KeepRate { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 0.5;

    /// <summary>True to keep units above the threshold alone, one less, as the authors' code does.</summary>
    public bool IsStrict { get; init; }

    /// <summary>Which units an expert keeps.</summary>
    public DomainUnits Units { get; init; } = DomainUnits.Active;

    /// <summary>False to keep the units that all experts have once, in a block beside the experts, instead of in each.</summary>
    public bool IsFused { get; init; } = true;

    /// <summary>Width of the router; it begins with the model's token embedding where that is as wide.</summary>
    [Range(1, 65_536)]
    public int RouterDim { get; init => field = Guard.Between(value, 1, 65_536); } = 512;

    /// <summary>Blocks of the router.</summary>
    [Range(0, 1000)]
    public int RouterLayers { get; init => field = Guard.Between(value, 0, 1000); } = 1;

    /// <summary>Attention heads of the router; they divide its width.</summary>
    [Range(1, 4096)]
    public int RouterHeads { get; init => field = Guard.Between(value, 1, 4096); } = 4;

    /// <summary>Examples in a forward pass; changes speed and memory, not the result.</summary>
    [Range(1, 1_000_000)]
    public int BatchSize { get; init => field = Guard.Between(value, 1, 1_000_000); } = 16;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The model is none for texts, has such a router already or no feed-forward block, or the router's heads do not divide its width; the model is as before.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (subject.Model is not TextModel model)
            throw new FrugalException($"read-me puts in a router over tokens, and {subject.Model.GetName()} is no model for texts");
        if (model.PreGating is not null)
            throw new FrugalException($"{model.GetName()} has a router that decides before its layers run already; read-me cuts a dense model");
        using var scope = NewDisposeScope();
        using var random = new KeptRandomState();
        var blocks = FeedForwardBlock.In(model, new(Include, Exclude));
        var domains = DomainImportance.Domains(subject.Data.Train, Domains, Samples);
        var masks = DomainImportance.Of(subject, blocks, domains, BatchSize).Select((importance, i) => Cut(importance, subject, i)).ToList();
        subject.Random.SeedTorch("read-me", subject.History.Count);
        var router = NewRouter(model, blocks, masks, domains.Count);
        try
        {
            int index = 0;
            Replace(model, block => Split(block, masks[index++]));
        }
        catch
        {
            router.Dispose();
            throw;
        }
        ModuleSurgery.Replace(model, "router", router);
        return subject;
    }

    private ExpertMasks Cut(Tensor importance, Subject subject, int block)
    {
        if (Units == DomainUnits.Active)
            return ExpertMasks.Of(importance.cpu(), KeepRate, IsStrict);
        using var generator = subject.Random.TorchAt("read-me units", subject.History.Count, block);
        return ExpertMasks.Of(rand(importance.shape, generator: generator), KeepRate, IsStrict);
    }

    private PreGatingRouter NewRouter(TextModel model, IReadOnlyList<FeedForwardBlock> blocks, IReadOnlyList<ExpertMasks> masks, int experts)
    {
        var router = new PreGatingRouter(model.TextConfig.VocabularySize, experts, RouterDim, RouterLayers, RouterHeads, hiddenDims: [.. blocks.Select(block => block.HiddenDim)]);
        foreach (var (i, own) in masks.Index())
            router.NoteUnits(i, own);
        if (model.modules().OfType<Embedding>().FirstOrDefault() is { } words)
            router.Inherit(words.weight!);
        foreach (var tensor in router.parameters().Concat(router.buffers()))
            tensor.DetachFromDisposeScope();
        return router;
    }

    /// <summary>The experts of one block.</summary>
    internal Module<Tensor, Tensor> Split(FeedForwardBlock block, ExpertMasks masks)
    {
        var shared = ExpertMasks.Numbers(masks.Shared);
        var own = Numbers(masks.Private);
        // Where either part is empty, there is nothing to keep once.
        if (IsFused || shared.shape[0] == 0 || own.Any(units => units.shape[0] == 0))
            return Mixture(block, Numbers(masks.Masks));
        var layer = new ResidualMixtureOfExperts(
            block.Dim, own[0].shape[0], own.Count, new PreGatedRouter(), block.Activation, block.Gate is not null, block.RequireBias(), block.DropRate, balanceWeight: 0, blockDim: shared.shape[0], hasCoefficients: false);
        ModuleSurgery.Replace(layer, "mlp", block.Slice(shared));
        ModuleSurgery.Replace(layer, "moe", Mixture(block, own, hasLastBias: false));
        return layer;
    }

    private static MixtureOfExperts Mixture(FeedForwardBlock block, IReadOnlyList<Tensor> units, bool hasLastBias = true)
    {
        bool hasBias = block.RequireBias();
        var mixture = new MixtureOfExperts(
            block.Dim, units[0].shape[0], units.Count, new PreGatedRouter(), activation: block.Activation, isGated: block.Gate is not null, hasBias: hasBias, dropRate: block.DropRate, balanceWeight: 0);
        foreach (var (expert, chosen) in units.Index())
        {
            var slice = block.Slice(chosen);
            if (!hasLastBias)
                FeedForwardBlock.Of(slice)!.Down.bias?.zero_();
            ModuleSurgery.Replace(mixture, $"experts.{expert}", slice);
        }
        return mixture;
    }

    private static List<Tensor> Numbers(Tensor masks) => [.. Enumerable.Range(0, (int)masks.shape[0]).Select(expert => ExpertMasks.Numbers(masks[expert]))];
}

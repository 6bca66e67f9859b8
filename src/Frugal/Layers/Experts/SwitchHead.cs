using Frugal.Catalogue;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Experts;

/// <summary>
/// Transformer blocks with Switch feed-forward layers, a normalisation and a linear layer: <c>[batch, tokens, dim]</c> to <c>[batch, tokens, outDim]</c>, e.g. the start and end logits of answers, on a
/// pre-trained encoder (Zhou et al. 2022, "Build a Robust QA System with Transformer-based Mixture of Experts"). An input without tokens, <c>[batch, dim]</c>, is a sequence of one. Names: <c>layers.0</c>, …,
/// <c>norm</c>, <c>outputs</c>.
/// </summary>
[Entry("switch-head", Paper = "robust-qa-moe")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["switch-blocks", "train", "measure-experts"], ChangesShapes = true)]
public sealed class SwitchHead : Layer, IMaskedLayer
{
    private const int MaxExperts = 4096, MaxWidth = 1_000_000;

    private readonly ModuleList<SwitchBlock> layers;
    private Module<Tensor, Tensor> norm, outputs;

    /// <param name="dim">Width of a token.</param>
    /// <param name="outDim">Width of the output.</param>
    /// <param name="numBlocks">Number of blocks.</param>
    /// <param name="hiddenDim">Width between the two layers of an expert.</param>
    /// <param name="numExperts">Experts of a block.</param>
    /// <param name="numHeads">Heads of attention; a divisor of dim.</param>
    /// <param name="dropRate">Share of units that dropout sets to zero in training, after each part of a block.</param>
    /// <param name="scalesOutput">True to multiply outputs of experts by the probability of the choice.</param>
    /// <param name="capacity">How many tokens an expert takes; null for all that chose it.</param>
    /// <param name="balanceWeight">Factor of the balance loss of each block.</param>
    /// <param name="normEpsilon">Added to variances.</param>
    /// <exception cref="FrugalException">The heads do not divide the width.</exception>
    public SwitchHead(
        [Range(1, MaxWidth)] long dim, [Range(1, MaxWidth)] long outDim, [Range(1, 1000)] int numBlocks = 8, [Range(1, MaxWidth)] long hiddenDim = 3072, [Range(1, MaxExperts)] int numExperts = 16,
        [Range(1, 4096)] long numHeads = 1, [Range(0, 1, BelowHigh = true)] double dropRate = 0.2, bool scalesOutput = true, ExpertCapacity? capacity = null, [Range(0, 1e6)] double balanceWeight = 0.01,
        [Range(0, 1)] double normEpsilon = 1e-5) : base(nameof(SwitchHead))
    {
        (Dim, OutDim, HiddenDim) = (Guard.Between(dim, 1, MaxWidth, nameof(dim)), Guard.Between(outDim, 1, MaxWidth, nameof(outDim)), Guard.Between(hiddenDim, 1, MaxWidth, nameof(hiddenDim)));
        (NumBlocks, NumExperts, NumHeads) = (Guard.Between(numBlocks, 1, 1000, nameof(numBlocks)), Guard.Between(numExperts, 1, MaxExperts, nameof(numExperts)), Guard.Between(numHeads, 1, 4096, nameof(numHeads)));
        (DropRate, ScalesOutput, Capacity) = (Guard.Fraction(dropRate, nameof(dropRate)), scalesOutput, capacity);
        (BalanceWeight, NormEpsilon) = (Guard.Between(balanceWeight, 0, 1e6, nameof(balanceWeight)), Guard.Between(normEpsilon, 0, 1, nameof(normEpsilon)));
        if (dim % numHeads != 0)
            throw new FrugalException($"A width of {dim} cannot be split into {numHeads} heads of attention; choose a divisor of it");
        layers = new([.. Enumerable.Range(0, numBlocks).Select(_ => new SwitchBlock(dim, hiddenDim, numExperts, numHeads, dropRate, scalesOutput, capacity, balanceWeight, normEpsilon))]);
        norm = LayerNorm(dim, normEpsilon);
        outputs = Linear(dim, outDim);
        RegisterComponents();
    }

    /// <summary>Width of a token.</summary>
    public long Dim { get; }

    /// <summary>Width of the output.</summary>
    public long OutDim { get; }

    /// <summary>Number of blocks.</summary>
    public int NumBlocks { get; }

    /// <summary>Width between the two layers of an expert.</summary>
    public long HiddenDim { get; }

    /// <summary>Experts of a block.</summary>
    public int NumExperts { get; }

    /// <summary>Heads of attention; a divisor of dim.</summary>
    public long NumHeads { get; }

    /// <summary>Share of units that dropout sets to zero in training, after each part of a block.</summary>
    public double DropRate { get; }

    /// <summary>True to multiply outputs of experts by the probability of the choice.</summary>
    public bool ScalesOutput { get; }

    /// <summary>How many tokens an expert takes; null for all that chose it.</summary>
    public ExpertCapacity? Capacity { get; }

    /// <summary>Factor of the balance loss of each block.</summary>
    public double BalanceWeight { get; }

    /// <summary>Added to variances.</summary>
    public double NormEpsilon { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Run(input, null);

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The input has another width.</exception>
    public Tensor Run(Tensor input, Tensor? mask)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() is not (2 or 3) || input.shape[^1] != Dim)
            throw new FrugalException($"{nameof(SwitchHead)} takes inputs [batch, tokens, {Dim}] and got [{string.Join(", ", input.shape)}]");
        using var scope = NewDisposeScope();
        bool isSingle = input.dim() == 2;
        var hidden = isSingle ? input.unsqueeze(1) : input;
        foreach (var layer in layers)
            hidden = layer.Run(hidden, mask);
        var output = outputs.call(norm.call(hidden));
        return (isSingle ? output.squeeze(1) : output).MoveToOuterDisposeScope();
    }
}

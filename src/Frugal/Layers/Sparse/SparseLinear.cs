using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A linear layer of whose weights learned scores keep a share (Mousavi et al. 2022, "DASS", arXiv 2207.06968): <c>[…, inFeatures]</c> to <c>[…, outFeatures]</c>. Weight names: <c>weight</c>,
/// <c>popup_scores</c>, <c>bias</c>.
/// </summary>
[Entry("sparse-linear", Paper = "dass")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["score-pruning"])]
public sealed class SparseLinear : Layer, IScoredLayer
{
    private readonly ScoredWeight scored;
    private readonly Parameter? bias;

    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="keepShare">Share k of the weights that is kept.</param>
    /// <param name="keepsOne">Keeps one weight where the share is less than that.</param>
    /// <param name="hasBias">True when a bias, which has no mask, is added.</param>
    public SparseLinear([Range(1, 1e6)] long inFeatures, [Range(1, 1e6)] long outFeatures, [Range(0, 1, AboveLow = true)] double keepShare = 0.01, bool keepsOne = true, bool hasBias = true)
        : base(nameof(SparseLinear))
    {
        InFeatures = Guard.Between(inFeatures, 1, 1_000_000, nameof(inFeatures));
        OutFeatures = Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures));
        KeepShare = Guard.Positive(Guard.Between(keepShare, 0, 1, nameof(keepShare)), nameof(keepShare));
        KeepsOne = keepsOne;
        HasBias = hasBias;
        scored = new(this, [outFeatures, inFeatures]);
        bias = hasBias ? FreshBias.Of(outFeatures, inFeatures) : null;
        RegisterComponents();
    }

    /// <summary>Width of the input.</summary>
    public long InFeatures { get; }

    /// <summary>Width of the output.</summary>
    public long OutFeatures { get; }

    /// <inheritdoc/>
    public double KeepShare { get; set => field = Guard.Positive(Guard.Between(value, 0, 1)); }

    /// <summary>Keeps one weight where the share is less than that.</summary>
    public bool KeepsOne { get; }

    /// <summary>True when a bias is added.</summary>
    public bool HasBias { get; }

    /// <summary>The layer that begins as a dense one with its largest weights kept.</summary>
    public static SparseLinear Of(Linear dense, double keepShare, bool keepsOne)
    {
        ArgumentNullException.ThrowIfNull(dense);
        using var mode = no_grad();
        var layer = new SparseLinear(dense.in_features, dense.out_features, keepShare, keepsOne, dense.bias is not null);
        layer.scored.Take(dense.weight);
        layer.bias?.copy_(dense.bias!);
        return layer;
    }

    /// <inheritdoc/>
    public Tensor Mask() => PopupScores.Mask(scored.Scores, KeepShare, KeepsOne);

    /// <inheritdoc/>
    public Tensor MaskedWeight() => scored.Masked(KeepShare, KeepsOne);

    /// <inheritdoc/>
    public void ScaleScores() => scored.Scale();

    /// <inheritdoc/>
    public void DrawScores(Generator generator) => scored.Draw(generator);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var weight = MaskedWeight();
        return functional.linear(input, weight, bias);
    }
}

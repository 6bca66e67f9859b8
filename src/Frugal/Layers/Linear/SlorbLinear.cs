using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A sparse linear layer with a few structured weights beside it, <c>y = x (m∘W)ᵀ + b + (x Pᵀ) Sᵀ</c>, <c>[…, in]</c> to <c>[…, out]</c>: P sums groups of neighbouring inputs (Huang et al. 2024, SLoRB).
/// Weight names: <c>sparse.weight</c>, <c>sparse.bias</c>, <c>boost.weight</c> (S, <c>[out, in / group]</c>), and <c>projection.weight</c> (P) where it is trained.
/// </summary>
/// <remarks>The sparse part is a linear layer of its own, so that it is masked and packed like any other.</remarks>
[Entry("slorb-linear", Paper = "ast")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["ast", "fold-slorb"], ChangesShapes = true, PackedForm = "N:M")]
public sealed class SlorbLinear : Layer
{
    private Module<Tensor, Tensor> sparse, boost;
    private Module<Tensor, Tensor>? projection;

    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="group">Neighbouring inputs that share an added weight, k; it must divide them.</param>
    /// <param name="trainsProjection">True when P is trained, and then stored; otherwise the groups are summed.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    public SlorbLinear([Range(1, 1e6)] long inFeatures, [Range(1, 1e6)] long outFeatures, [Range(1, 65_536)] long group = 1, bool trainsProjection = false, bool hasBias = true) : base(nameof(SlorbLinear))
    {
        InFeatures = Guard.Between(inFeatures, 1, 1_000_000, nameof(inFeatures));
        OutFeatures = Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures));
        SlorbMath.RequireDivides(inFeatures, Guard.Between(group, 1, 65_536, nameof(group)));
        (Group, TrainsProjection, HasBias) = (group, trainsProjection, hasBias);
        sparse = Linear(inFeatures, outFeatures, hasBias: hasBias);
        boost = Linear(inFeatures / group, outFeatures, hasBias: false);
        if (trainsProjection)
        {
            using var sums = SlorbMath.Projection(inFeatures, group);
            projection = DenseLayer.Linear(sums, null);
        }
        RegisterComponents();
    }

    /// <summary>Width of the input.</summary>
    public long InFeatures { get; }

    /// <summary>Width of the output.</summary>
    public long OutFeatures { get; }

    /// <summary>Neighbouring inputs that share an added weight, k.</summary>
    public long Group { get; }

    /// <summary>True when P is trained, and then stored.</summary>
    public bool TrainsProjection { get; }

    /// <summary>True when a bias is added.</summary>
    public bool HasBias { get; }

    /// <summary>What the layer adds to the sparse one: modules that no mask belongs on.</summary>
    internal IEnumerable<Module> Additions => projection is null ? [boost] : [boost, projection];

    /// <summary>A layer with the weights of a dense one that a mask is going to be put on, and added weights made of what it takes away.</summary>
    /// <param name="dense">The layer, with all its weights.</param>
    /// <param name="mask">1 where a weight is kept, 0 where not.</param>
    /// <param name="group">Neighbouring inputs that share an added weight, k; it must divide them.</param>
    /// <param name="start">What the added weights begin with.</param>
    /// <param name="trainsProjection">True when P is trained.</param>
    /// <param name="generator">Where a drawn projection comes from.</param>
    public static SlorbLinear Of(Linear dense, Tensor mask, long group, SlorbStart start, bool trainsProjection, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(dense);
        if (start == SlorbStart.Xavier && !trainsProjection)
            throw new ArgumentException("a drawn projection must be trained", nameof(trainsProjection));
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var layer = new SlorbLinear(dense.in_features, dense.out_features, group, trainsProjection, dense.bias is not null);
        ((Linear)layer.sparse).weight!.copy_(dense.weight!);
        ((Linear)layer.sparse).bias?.copy_(dense.bias!);
        ((Linear)layer.boost).weight!.copy_(SlorbMath.Start(dense.weight!, mask, group, start));
        if (start == SlorbStart.Xavier)
        {
            var drawn = ((Linear)layer.projection!).weight!;
            double bound = Math.Sqrt(6.0 / (drawn.shape[0] + drawn.shape[1]));
            drawn.uniform_(-bound, bound, generator);
        }
        return layer;
    }

    /// <summary>The dense layer that computes the same, with both parts in one weight.</summary>
    /// <exception cref="FrugalException">A part of the layer is no linear layer any more.</exception>
    public Linear ToDense()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var (kept, added) = (Part(sparse), Part(boost));
        var groups = projection is null ? SlorbMath.Projection(InFeatures, Group).to(kept.weight!.dtype, kept.weight.device) : Part(projection).weight!;
        return DenseLayer.Linear(kept.weight! + added.weight!.matmul(groups), kept.bias);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var sums = projection is null ? input.unflatten(input.dim() - 1, InFeatures / Group, Group).sum(-1) : projection.call(input);
        return (sparse.call(input) + boost.call(sums)).MoveToOuterDisposeScope();
    }

    private static Linear Part(Module<Tensor, Tensor> part) => part as Linear
        ?? throw new FrugalException($"a part of a SLoRB layer is a {part.GetName()} by now and no linear layer; fold before the layers are replaced or packed");
}

using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A residual branch for fine-tuning a frozen network, <c>[…, dim]</c> to the same shape (Sehanobish et al. 2024): <c>x + U SNNK(x) + u</c> with a bottleneck, or <c>x + SNNK(x) ⊙ v</c> without. It begins as the
/// identity, unless the start is <c>bert</c>. Names: <c>snnk.projection</c>, <c>snnk.weights</c>, <c>adapter_up.weight</c>, <c>adapter_up.bias</c> or <c>modulating_vector</c>, <c>norm</c>.
/// </summary>
[Entry("snnk-adapter", Paper = "snnk")]
[Capabilities(CombinesWith = ["snnk-adapters"])]
public sealed class SnnkAdapter : Layer
{
    private const double BertStd = 0.02;

    private Module<Tensor, Tensor> snnk;
    private Module<Tensor, Tensor>? norm, adapter_up;
    private Parameter? modulating_vector;

    /// <param name="dim">Width, d.</param>
    /// <param name="hidden">Width of the bottleneck, l; 0 for none, with a vector of factors in its place.</param>
    /// <param name="numFeatures">Random features, m.</param>
    /// <param name="constant">Smallest value c that a product with the projection passes as.</param>
    /// <param name="isOrthogonal">Draws the projection with orthogonal rows.</param>
    /// <param name="start">What the branch begins with.</param>
    /// <param name="hasNorm">Puts a layer norm before the branch.</param>
    public SnnkAdapter(
        [Range(1, 1e6)] long dim, [Range(0, 1e6)] long hidden = 16, [Range(1, 65_536)] long numFeatures = 16, [Range(-1000, 1000)] double constant = 0, bool isOrthogonal = false,
        SnnkStart start = SnnkStart.Mam, bool hasNorm = false) : base(nameof(SnnkAdapter))
    {
        Dim = Guard.Between(dim, 1, 1_000_000, nameof(dim));
        Hidden = Guard.Between(hidden, 0, 1_000_000, nameof(hidden));
        var layer = new SnnkLinear(dim, hidden == 0 ? dim : hidden, numFeatures, constant, isOrthogonal);
        (NumFeatures, Constant, IsOrthogonal, Start, HasNorm) = (layer.NumFeatures, layer.Constant, isOrthogonal, start, hasNorm);
        snnk = layer;
        norm = hasNorm ? LayerNorm(dim) : null;
        if (hidden == 0)
            modulating_vector = DenseLayer.ParameterOf(zeros(dim));
        else
            adapter_up = DenseLayer.Linear(zeros(dim, hidden), zeros(dim));
        RegisterComponents();
        Draw(null);
    }

    /// <summary>Width, d.</summary>
    public long Dim { get; }

    /// <summary>Width of the bottleneck, l; 0 for none, with a vector of factors in its place.</summary>
    public long Hidden { get; }

    /// <summary>Random features, m.</summary>
    public long NumFeatures { get; }

    /// <summary>Smallest value c that a product with the projection passes as.</summary>
    public double Constant { get; }

    /// <summary>Draws the projection with orthogonal rows.</summary>
    public bool IsOrthogonal { get; }

    /// <summary>What the branch begins with.</summary>
    public SnnkStart Start { get; }

    /// <summary>Puts a layer norm before the branch.</summary>
    public bool HasNorm { get; }

    /// <summary>Begins anew with numbers from a generator, or from libtorch's own when null.</summary>
    internal void Draw(Generator? generator)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        ((SnnkLinear)snnk).Draw(Start == SnnkStart.Bert ? BertStd : null, generator);
        if (Start == SnnkStart.Bert && adapter_up is Linear up)
            up.weight!.copy_(randn([Dim, Hidden], generator: generator) * BertStd);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var branch = snnk.call(norm is null ? input : norm.call(input));
        return (input + (adapter_up is null ? branch * modulating_vector! : adapter_up.call(branch))).MoveToOuterDisposeScope();
    }
}

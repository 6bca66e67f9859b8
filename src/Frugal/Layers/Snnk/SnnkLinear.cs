using Frugal.Catalogue;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A layer with its non-linearity as a product of features, <c>y = max(G x, c)/√m · Ψᵀ (+ bias)</c>, <c>[…, inFeatures]</c> to <c>[…, outFeatures]</c> (Sehanobish et al. 2024, ReLU-SNNK): out · features trained
/// numbers instead of out · in. Names: <c>projection</c> G, a buffer <c>[features, in]</c> that is not trained; <c>weights</c> Ψ, <c>[out, features]</c>; <c>bias</c> <c>[out]</c>.
/// </summary>
/// <remarks>The paper's layer has no bias; one appears where a linear layer was bundled into it.</remarks>
[Entry("snnk-linear", Paper = "snnk")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["snnk", "bundle-snnk"], ChangesShapes = true, PackedForm = "snnk")]
public sealed class SnnkLinear : Layer
{
    private Tensor projection;
    private Parameter weights;
    private Parameter? bias;

    /// <param name="inFeatures">Width of the input, d.</param>
    /// <param name="outFeatures">Width of the output, l.</param>
    /// <param name="numFeatures">Random features, m.</param>
    /// <param name="constant">Smallest value c that a product with the projection passes as.</param>
    /// <param name="isOrthogonal">Draws the projection with orthogonal rows.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    public SnnkLinear(
        [Range(1, 1e6)] long inFeatures, [Range(1, 1e6)] long outFeatures, [Range(1, 65_536)] long numFeatures = 16, [Range(-1000, 1000)] double constant = 0, bool isOrthogonal = false, bool hasBias = false)
        : base(nameof(SnnkLinear))
    {
        InFeatures = Guard.Between(inFeatures, 1, 1_000_000, nameof(inFeatures));
        OutFeatures = Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures));
        NumFeatures = Guard.Between(numFeatures, 1, 65_536, nameof(numFeatures));
        Constant = Guard.Between(constant, -1000, 1000, nameof(constant));
        (IsOrthogonal, HasBias) = (isOrthogonal, hasBias);
        projection = zeros(numFeatures, inFeatures).DetachFromDisposeScope();
        weights = DenseLayer.ParameterOf(zeros(outFeatures, numFeatures));
        bias = hasBias ? DenseLayer.ParameterOf(zeros(outFeatures)) : null;
        RegisterComponents();
        Draw(null, null);
    }

    /// <summary>Width of the input, d.</summary>
    public long InFeatures { get; }

    /// <summary>Width of the output, l.</summary>
    public long OutFeatures { get; }

    /// <summary>Random features, m.</summary>
    public long NumFeatures { get; }

    /// <summary>Smallest value c that a product with the projection passes as.</summary>
    public double Constant { get; }

    /// <summary>Draws the projection with orthogonal rows.</summary>
    public bool IsOrthogonal { get; }

    /// <summary>True when a bias is added.</summary>
    public bool HasBias { get; }

    /// <summary>G, <c>[features, in]</c>.</summary>
    public Tensor Projection => projection;

    /// <summary>Ψ, <c>[out, features]</c>.</summary>
    public Parameter Weights => weights;

    /// <summary>The bias <c>[out]</c>, or null.</summary>
    public Tensor? Bias => bias;

    /// <summary>Makes the stored weights the features of a dense layer's, with a projection from a generator.</summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="generator">Where the projection comes from; libtorch's own when null.</param>
    public void TakeFeaturesOf(Tensor weight, Generator? generator)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        projection.copy_(SnnkMath.Projection(NumFeatures, InFeatures, IsOrthogonal, generator));
        weights.copy_(SnnkMath.ReluFeatures(weight.to(projection.dtype, projection.device), projection, Constant));
    }

    /// <summary>Begins anew: a fresh projection, and the features of Gaussian weights of a standard deviation, or of Kaiming-uniform ones (a = √5) when that is null.</summary>
    internal void Draw(double? std, Generator? generator)
    {
        using var scope = NewDisposeScope();
        double bound = 1 / Math.Sqrt(InFeatures);
        TakeFeaturesOf(std is { } deviation ? randn([OutFeatures, InFeatures], generator: generator) * deviation : empty(OutFeatures, InFeatures).uniform_(-bound, bound, generator), generator);
    }

    /// <summary>This layer and a linear one behind it as one: the linear map is multiplied into the stored weights, exactly.</summary>
    public SnnkLinear Bundle(Linear next)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (next.in_features != OutFeatures)
            throw new FrugalException($"a linear layer of {next.in_features} inputs cannot be bundled into an SNNK layer of {OutFeatures} outputs");
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var bundled = new SnnkLinear(InFeatures, next.out_features, NumFeatures, Constant, IsOrthogonal, HasBias || next.bias is not null);
        bundled.to(weights.device, weights.dtype);
        bundled.projection.copy_(projection);
        bundled.weights.copy_(next.weight!.matmul(weights));
        if (bundled.bias is { } sum)
            sum.copy_((bias is null ? zeros_like(sum) : next.weight.matmul(bias)) + (next.bias ?? zeros_like(sum)));
        return bundled;
    }

    /// <summary>The features of inputs, <c>[…, features]</c>.</summary>
    public Tensor Features(Tensor input) => SnnkMath.ReluFeatures(input, projection, Constant);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var features = Features(input);
        return functional.linear(features, weights, bias);
    }
}

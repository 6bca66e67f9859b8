using Frugal.Catalogue;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A linear layer whose weight is a matrix product operator, <c>[…, inFeatures]</c> to <c>[…, outFeatures]</c> (Tomut et al. 2024, CompactifAI). The axes are cut into factors as equal as can be
/// (<see cref="MpoShape.Of"/>). Weight names: <c>core0</c>, <c>core1</c>, …, <c>bias</c>.
/// </summary>
[Entry("mpo-linear", Paper = "compactifai")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["compactifai", "mpo-to-dense"], ChangesShapes = true, PackedForm = "mpo")]
public sealed class MpoLinear : Layer
{
    private readonly Parameter? bias;

    /// <param name="inFeatures">Width of the input; filled up with zeros where it does not divide into factors.</param>
    /// <param name="outFeatures">Width of the output; cut where it does not divide into factors.</param>
    /// <param name="bond">Largest bond dimension χ; a larger one than there are singular values counts as that many.</param>
    /// <param name="numCores">Number of cores, n.</param>
    /// <param name="hasBias">True when a bias is added to the output.</param>
    public MpoLinear([Range(1, 1e6)] long inFeatures, [Range(1, 1e6)] long outFeatures, [Range(1, 4096)] long bond = 16, [Range(1, 6)] int numCores = 2, bool hasBias = true) : base(nameof(MpoLinear))
    {
        InFeatures = Guard.Between(inFeatures, 1, 1_000_000, nameof(inFeatures));
        OutFeatures = Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures));
        Bond = Guard.Between(bond, 1, 4096, nameof(bond));
        NumCores = Guard.Between(numCores, 1, 6, nameof(numCores));
        HasBias = hasBias;
        Shape = MpoShape.Of(outFeatures, inFeatures, numCores);
        RegisterFreshCores();
        bias = hasBias ? FreshBias.Of(outFeatures, inFeatures) : null;
        RegisterComponents();
    }

    /// <summary>Width of the input; filled up with zeros where it does not divide into factors.</summary>
    public long InFeatures { get; }

    /// <summary>Width of the output; cut where it does not divide into factors.</summary>
    public long OutFeatures { get; }

    /// <summary>Largest bond dimension χ; a larger one than there are singular values counts as that many.</summary>
    public long Bond { get; }

    /// <summary>Number of cores, n.</summary>
    public int NumCores { get; }

    /// <summary>True when a bias is added to the output.</summary>
    public bool HasBias { get; }

    /// <summary>How the axes are cut.</summary>
    public MpoShape Shape { get; }

    /// <summary>The cores, <c>[χ_{k-1}, o_k, i_k, χ_k]</c>.</summary>
    public IReadOnlyList<Tensor> Cores => [.. Enumerable.Range(0, NumCores).Select(k => get_parameter($"core{k}")!)]; // by name, since moving the layer gives it other parameters

    /// <summary>The bias <c>[outFeatures]</c>, or null.</summary>
    public Tensor? Bias => bias;

    /// <summary>The layer nearest to a dense one for this bond, by one decomposition after the other in double precision, with cores of equal norm; the bias is kept.</summary>
    public static MpoLinear Of(Linear dense, long bond, int numCores = 2)
    {
        ArgumentNullException.ThrowIfNull(dense);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var layer = new MpoLinear(dense.in_features, dense.out_features, bond, numCores, dense.bias is not null);
        var found = MpoMath.SpreadNorms(MpoMath.Decompose(Filled(dense.weight!, layer.Shape), layer.Shape, bond).Cores);
        foreach (var (core, value) in layer.Cores.Zip(found))
            core.copy_(value);
        layer.bias?.copy_(dense.bias!);
        return layer;
    }

    /// <summary>A weight in double precision, filled up with zeros to the shape's sizes: that leaves the singular values of what remains as they are.</summary>
    public static Tensor Filled(Tensor weight, MpoShape shape)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(shape);
        return functional.pad(weight.detach().to(float64), [0, shape.In - weight.shape[1], 0, shape.Out - weight.shape[0]]);
    }

    /// <summary>The weight of the dense layer that computes the same, <c>[outFeatures, inFeatures]</c>.</summary>
    public Tensor DenseWeight()
    {
        using var scope = NewDisposeScope();
        return MpoMath.DenseWeight(Cores).narrow(0, 0, OutFeatures).narrow(1, 0, InFeatures).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        long[] size = input.shape;
        if (size.Length == 0 || size[^1] != InFeatures)
            throw new FrugalException($"{nameof(MpoLinear)} takes inputs of width {InFeatures} and got [{string.Join(", ", size)}]");
        using var scope = NewDisposeScope();
        var bonds = Shape.Bonds(Bond);
        long first = Shape.MacsPerRow(bonds, fromFirst: true), last = Shape.MacsPerRow(bonds, fromFirst: false);
        // Fewer parameters need not mean fewer operations: with large bonds the dense product is cheaper.
        if (Math.Min(first, last) >= InFeatures * OutFeatures)
            return functional.linear(input, DenseWeight(), bias).MoveToOuterDisposeScope();
        var rows = input.reshape(-1, InFeatures);
        if (InFeatures < Shape.In)
            rows = functional.pad(rows, [0, Shape.In - InFeatures]);
        var output = MpoMath.Multiply(rows, Cores, fromFirst: first <= last);
        if (OutFeatures < Shape.Out)
            output = output.narrow(1, 0, OutFeatures);
        if (bias is not null)
            output = output + bias;
        size[^1] = OutFeatures;
        return output.reshape(size).MoveToOuterDisposeScope();
    }

    // Gaussian, so that the composed weight has the variance of a new linear layer's: 1 / (3 in), shared among the cores after the sums over the bonds.
    private void RegisterFreshCores()
    {
        var bonds = Shape.Bonds(Bond);
        double std = Math.Pow(1.0 / (3 * InFeatures) / bonds.Aggregate(1.0, (product, bond) => product * bond), 0.5 / NumCores);
        for (int k = 0; k < NumCores; k++)
        {
            using var scope = NewDisposeScope();
            register_parameter($"core{k}", DenseLayer.ParameterOf(randn(bonds[k], Shape.OutDims[k], Shape.InDims[k], bonds[k + 1]).mul_(std)));
        }
    }
}

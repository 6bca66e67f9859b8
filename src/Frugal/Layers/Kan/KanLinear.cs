using Frugal.Catalogue;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A Kolmogorov-Arnold layer in the place of a linear one and the activation behind it, <c>[…, inFeatures]</c> to <c>[…, outFeatures]</c> (<see cref="KanLayer"/> has the formula and the weight names). Inputs should lie
/// in about [-1, 1].
/// </summary>
[Entry("kan-linear", Paper = "s-kan")]
[Capabilities(WorksOn = ["Linear"], CombinesWith = ["kan-layers", "kan-selection", "refine-kan"], ChangesShapes = true, PackedForm = "kan")]
public sealed class KanLinear : KanLayer
{
    private const double GridRidge = 1e-8;

    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="pool">The families that nodes choose among, each once; null for B-splines, radial functions, Chebyshev polynomials and wavelets.</param>
    /// <param name="families">The family of each input after the choice, a shorter list being repeated; null while all of the pool are weighed.</param>
    /// <param name="gateScale">Sum of a node's weights over its families, g; null for their number.</param>
    /// <param name="gridSize">Intervals of the spline grid on [-1, 1], G.</param>
    /// <param name="splineOrder">Order of the splines, k.</param>
    /// <param name="numRbf">Centres of the radial functions on [-2, 2].</param>
    /// <param name="degree">Highest degree of the polynomials.</param>
    /// <param name="wavelet">The mother wavelet.</param>
    /// <param name="hasBase">True for the branch w SiLU(x) beside the families.</param>
    /// <param name="hasScaler">True for a further factor of each edge on the coefficients of splines.</param>
    /// <param name="hasNorm">True for a batch norm without parameters, times ½, before the functions.</param>
    /// <param name="hasBias">True when a bias is added.</param>
    public KanLinear(
        [Range(1, 1e6)] long inFeatures, [Range(1, 1e6)] long outFeatures, IReadOnlyList<KanFamily>? pool = null, IReadOnlyList<KanFamily>? families = null,
        [Range(0, 1000, AboveLow = true)] double? gateScale = null, [Range(1, 4096)] int gridSize = 5, [Range(0, 10)] int splineOrder = 3, [Range(2, 4096)] int numRbf = 8, [Range(1, 64)] int degree = 4,
        KanWavelet wavelet = KanWavelet.MexicanHat, bool hasBase = true, bool hasScaler = false, bool hasNorm = false, bool hasBias = true)
        : this(inFeatures, outFeatures, new(pool, families, gateScale, gridSize, splineOrder, numRbf, degree, wavelet, hasBase, hasScaler, hasNorm, hasBias))
    {
    }

    internal KanLinear(long inFeatures, long outFeatures, KanOptions options) : base(
        nameof(KanLinear), Guard.Between(inFeatures, 1, 1_000_000, nameof(inFeatures)), Guard.Between(outFeatures, 1, 1_000_000, nameof(outFeatures)), options,
        options.HasNorm ? BatchNorm1d(inFeatures, affine: false) : null, hasOwnGrids: true)
    {
    }

    /// <summary>Width of the input.</summary>
    public long InFeatures => NumInputs;

    /// <summary>Width of the output.</summary>
    public long OutFeatures => NumOutputs;

    /// <inheritdoc/>
    public override Tensor Rows(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        return Normalised(Flat(input)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override KanLayer Pruned() => Filled(new KanLinear(InFeatures, OutFeatures, KanPool.OptionsOf(this, ChosenFamilies())));

    /// <summary>
    /// Moves the knots of every input's splines to where its values are: inner knots at quantiles, mixed with equal distances. Coefficients follow by least squares, so that the splines stay near what they were at these values.
    /// </summary>
    /// <param name="rows">Activations of the nodes, <c>[rows, inputs]</c>.</param>
    /// <param name="uniformShare">Share of equal distances in the new knots.</param>
    /// <exception cref="FrugalException">The layer has no splines, or families were chosen already.</exception>
    public void RefineGrid(Tensor rows, double uniformShare = 0.02)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Guard.Between(uniformShare, 0, 1);
        if (Families is not null || !Pool.Contains(KanFamily.Bspline))
            throw new FrugalException("a spline grid can be refined while the layer has splines at all its inputs");
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var inputs = rows.to(float64);
        var grid = KanGrid.Of(inputs, GridSize, SplineOrder, uniformShare);
        var coefficients = Parameters.Of(KanFamily.Bspline);
        var meant = KanMath.BSplines(inputs, Parameters.Grid.to(float64), SplineOrder).transpose(0, 1).matmul(coefficients.to(float64).permute(1, 2, 0));
        var basis = KanMath.BSplines(inputs, grid, SplineOrder).transpose(0, 1);
        var squares = basis.transpose(1, 2).matmul(basis);
        var ridge = GridRidge * rows.shape[0] * eye(basis.shape[2], dtype: float64, device: rows.device);
        coefficients.copy_(linalg.solve(squares + ridge, basis.transpose(1, 2).matmul(meant)).permute(2, 0, 1));
        Parameters.Grid.copy_(grid);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var sums = Edges.OfRows(Normalised(Flat(input)));
        if (Bias is { } bias)
            sums += bias;
        return sums.reshape([.. input.shape[..^1], OutFeatures]).MoveToOuterDisposeScope();
    }

    private Tensor Flat(Tensor input) => input.dim() > 0 && input.shape[^1] == InFeatures
        ? input.reshape(-1, InFeatures)
        : throw new FrugalException($"{nameof(KanLinear)} takes inputs of width {InFeatures} and got [{string.Join(", ", input.shape)}]");
}

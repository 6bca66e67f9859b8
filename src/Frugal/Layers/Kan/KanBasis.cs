using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>The functions of each family: how many there are, their values, and what their coefficients begin with.</summary>
/// <param name="GridSize">Intervals of the spline grid on [-1, 1], G.</param>
/// <param name="SplineOrder">Order of the splines, k.</param>
/// <param name="NumRbf">Centres of the radial functions.</param>
/// <param name="Degree">Highest degree of the polynomials.</param>
internal sealed record KanBasis(int GridSize, int SplineOrder, int NumRbf, int Degree)
{
    private const int NumSwitches = 8;
    private const double RbfStd = 0.1, SplineNoise = 0.1;

    /// <summary>Functions of a family, n; 1 for wavelets.</summary>
    public int Count(KanFamily family) => family switch
    {
        KanFamily.Bspline or KanFamily.Relu => GridSize + SplineOrder,
        KanFamily.Rbf => NumRbf,
        KanFamily.Chebyshev or KanFamily.Jacobi => Degree + 1,
        KanFamily.Rswaf => NumSwitches,
        _ => 1,
    };

    /// <summary>Values of a family's functions at inputs of any shape, <c>[…, n]</c>; wavelets, which differ from edge to edge, are not among them.</summary>
    /// <param name="family">The family.</param>
    /// <param name="input"><c>[…]</c>.</param>
    /// <param name="others">What the family has beside coefficients.</param>
    public Tensor Values(KanFamily family, Tensor input, IReadOnlyList<(Tensor Value, string Name, int Axis)> others) => family switch
    {
        KanFamily.Bspline => KanMath.BSplines(input, others[0].Value, SplineOrder),
        KanFamily.Rbf => KanMath.Rbf(input, NumRbf),
        KanFamily.Chebyshev => KanMath.Chebyshev(input, Degree),
        KanFamily.Relu => KanMath.Relu(input, others[0].Value, others[1].Value, GridSize, SplineOrder),
        KanFamily.Jacobi => KanMath.Jacobi(input, Degree),
        KanFamily.Rswaf => KanMath.Rswaf(input, NumSwitches),
        _ => throw new ArgumentOutOfRangeException(nameof(family), family, "wavelets have no basis that edges share"),
    };

    /// <summary>Whether a constant is among a family's functions already.</summary>
    public static bool HasConstant(KanFamily family) => family is KanFamily.Chebyshev or KanFamily.Jacobi;

    /// <summary>Whether a family's functions are the same at every input of a convolution, so that they can be taken of a whole image at once.</summary>
    public static bool IsShared(KanFamily family) => family is not (KanFamily.Wavelet or KanFamily.Relu);

    /// <summary>Fresh coefficients, <c>[outputs, inputs, n]</c>, as the authors' layers draw them, from libtorch's generator.</summary>
    public Tensor Fresh(KanFamily family, long outputs, long inputs)
    {
        using var scope = NewDisposeScope();
        long count = Count(family);
        return (family switch
        {
            KanFamily.Bspline => FreshSplines(outputs, inputs),
            KanFamily.Rbf => randn(outputs, inputs, count) * RbfStd,
            KanFamily.Chebyshev or KanFamily.Jacobi => randn(outputs, inputs, count) / (inputs * count),
            KanFamily.Rswaf => Uniform(Math.Sqrt(6.0 / (inputs * count + outputs)), outputs, inputs, count),
            _ => Uniform(1 / Math.Sqrt(inputs * count), outputs, inputs, count),
        }).MoveToOuterDisposeScope();
    }

    /// <summary>Numbers uniform within a bound.</summary>
    public static Tensor Uniform(double bound, params long[] shape) => empty(shape).uniform_(-bound, bound);

    // The shortest coefficients of splines through small noise at the inner knots.
    private Tensor FreshSplines(long outputs, long inputs)
    {
        var grid = KanMath.UniformGrid(GridSize, SplineOrder).to(float64);
        var values = KanMath.BSplines(grid.narrow(0, SplineOrder, GridSize + 1), grid, SplineOrder);
        var noise = Uniform(SplineNoise / (2 * GridSize), outputs, inputs, GridSize + 1);
        return noise.to(float64).matmul(linalg.pinv(values).t()).to(float32);
    }
}

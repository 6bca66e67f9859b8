using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// The bases of Kolmogorov-Arnold edges (Yang et al. 2024, arXiv 2408.08338, and the layers of its first author): values of every basis function at inputs of any shape, as a last axis.
/// </summary>
public static class KanMath
{
    private const double FirstSwitch = -1.2, LastSwitch = 0.2, FurthestCentre = 2;

    /// <summary>
    /// B-splines by the recursion of Cox and de Boor. Order 0 is 1 on half-open intervals, so that the splines sum to 1 from the first inner knot up to, not including, the last; outside all knots they are 0.
    /// </summary>
    /// <param name="input"><c>[…]</c>.</param>
    /// <param name="grid">Rising knots, <c>[…, knots]</c>, with the input's last axis or one row for all.</param>
    /// <param name="order">k; the splines are polynomials of this degree.</param>
    /// <returns><c>[…, knots - 1 - order]</c>.</returns>
    public static Tensor BSplines(Tensor input, Tensor grid, int order)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(grid);
        using var scope = NewDisposeScope();
        long knots = grid.shape[^1];
        var x = input.unsqueeze(-1);
        var distance = x - grid;
        var splines = distance.narrow(-1, 0, knots - 1).ge(0).logical_and(distance.narrow(-1, 1, knots - 1).lt(0)).to(input.dtype);
        for (int degree = 1; degree <= order; degree++)
        {
            long count = knots - 1 - degree;
            var width = grid.narrow(-1, degree, count + 1) - grid.narrow(-1, 0, count + 1);
            var rising = distance.narrow(-1, 0, count) / width.narrow(-1, 0, count) * splines.narrow(-1, 0, count);
            var falling = distance.narrow(-1, degree + 1, count) / width.narrow(-1, 1, count) * splines.narrow(-1, 1, count);
            splines = rising - falling;
        }
        return splines.MoveToOuterDisposeScope();
    }

    /// <summary>Knots at equal distances, <c>-1 + j · 2/gridSize</c> for j from -order to gridSize + order: <c>[gridSize + 2 order + 1]</c>.</summary>
    public static Tensor UniformGrid(int gridSize, int order)
    {
        using var scope = NewDisposeScope();
        return (arange(-order, gridSize + order + 1, dtype: float32) * (2.0 / gridSize) - 1).MoveToOuterDisposeScope();
    }

    /// <summary>Gaussian bumps around centres at equal distances δ from -2 to 2, <c>exp(-((x - g)/δ)²)</c>: <c>[…, count]</c>.</summary>
    public static Tensor Rbf(Tensor input, int count)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        double distance = 2 * FurthestCentre / (count - 1);
        return (-((input.unsqueeze(-1) - linspace(-FurthestCentre, FurthestCentre, count, input.dtype, input.device)) / distance).square()).exp().MoveToOuterDisposeScope();
    }

    /// <summary>Chebyshev polynomials of degree 0 to <paramref name="degree"/> of the clamped input, by their recurrence, whose gradient is finite at the ends too: <c>[…, degree + 1]</c>.</summary>
    public static Tensor Chebyshev(Tensor input, int degree)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var x = input.clamp(-1, 1);
        var values = new List<Tensor> { ones_like(x), x };
        for (int n = 2; n <= degree; n++)
            values.Add(2 * x * values[^1] - values[^2]);
        return stack(values.Take(degree + 1), -1).MoveToOuterDisposeScope();
    }

    /// <summary>Jacobi polynomials with α = β = 1 of degree 0 to <paramref name="degree"/> of tanh x: <c>[…, degree + 1]</c>.</summary>
    public static Tensor Jacobi(Tensor input, int degree)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var x = input.tanh();
        var values = new List<Tensor> { ones_like(x), 2 * x };
        for (double n = 2; n <= degree; n++)
        {
            double rise = (2 * n + 2) * (2 * n + 1) / (2 * n * (n + 2)), fall = n * n * (2 * n + 2) / (n * (n + 2) * 2 * n);
            values.Add(rise * x * values[^1] - fall * values[^2]);
        }
        return stack(values.Take(degree + 1), -1).MoveToOuterDisposeScope();
    }

    /// <summary>Reflectional switches <c>1 - tanh²(x - g)</c> around centres at equal distances from -1.2 to 0.2: <c>[…, count]</c>.</summary>
    public static Tensor Rswaf(Tensor input, int count)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        return (1 - (input.unsqueeze(-1) - linspace(FirstSwitch, LastSwitch, count, input.dtype, input.device)).tanh().square()).MoveToOuterDisposeScope();
    }

    /// <summary>Squared bumps <c>(r relu(x - low) relu(high - x))²</c> with r such that a bump of the usual width peaks at 1: <c>[…, count]</c>.</summary>
    /// <param name="input"><c>[…, inputs]</c>.</param>
    /// <param name="low">Left ends, <c>[inputs, count]</c>.</param>
    /// <param name="high">Right ends, <c>[inputs, count]</c>.</param>
    /// <param name="gridSize">G.</param>
    /// <param name="order">k.</param>
    public static Tensor Relu(Tensor input, Tensor low, Tensor high, int gridSize, int order)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(low);
        ArgumentNullException.ThrowIfNull(high);
        using var scope = NewDisposeScope();
        var x = input.unsqueeze(-1);
        double norm = 4.0 * gridSize * gridSize / ((order + 1) * (order + 1));
        return ((x - low).relu() * (high - x).relu() * norm).square().MoveToOuterDisposeScope();
    }

    /// <summary>Where ReLU bumps begin and end at first: <c>n/G</c> and <c>(n + k + 1)/G</c> for n from -k to G - 1, each <c>[G + k]</c>.</summary>
    public static (Tensor Low, Tensor High) ReluEnds(int gridSize, int order)
    {
        using var scope = NewDisposeScope();
        var low = arange(-order, gridSize, dtype: float32) / gridSize;
        return (low.MoveToOuterDisposeScope(), (low + (order + 1.0) / gridSize).MoveToOuterDisposeScope());
    }

    /// <summary>Wavelets of every edge at rows of inputs, <c>ψ((x - t) / s)</c>: <c>[rows, outputs, inputs]</c>.</summary>
    /// <param name="rows"><c>[rows, inputs]</c>.</param>
    /// <param name="translation">t, <c>[outputs, inputs]</c>.</param>
    /// <param name="scale">s, <c>[outputs, inputs]</c>.</param>
    /// <param name="wavelet">ψ.</param>
    public static Tensor Wavelets(Tensor rows, Tensor translation, Tensor scale, KanWavelet wavelet)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var scope = NewDisposeScope();
        var u = (rows.unsqueeze(1) - translation) / scale;
        var square = u.square();
        var bell = (-0.5 * square).exp();
        return (wavelet switch
        {
            KanWavelet.Morlet => bell * (5 * u).cos(),
            KanWavelet.Dog => -u * bell,
            _ => (square - 1) * bell * (2 / (Math.Sqrt(3) * Math.Pow(Math.PI, 0.25))),
        }).MoveToOuterDisposeScope();
    }
}

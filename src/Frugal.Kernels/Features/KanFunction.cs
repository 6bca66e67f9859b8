namespace Frugal.Kernels;

/// <summary>The functions of one input that the edges of a Kolmogorov-Arnold layer are sums of.</summary>
public enum KanFunction
{
    /// <summary>x / (1 + e⁻ˣ), one function.</summary>
    Silu,

    /// <summary>B-splines by the recursion of Cox and de Boor; zero outside the knots.</summary>
    BSpline,

    /// <summary>e^(-((x - c) / δ)²) with centres c at equal distances δ from -2 to 2.</summary>
    Radial,

    /// <summary>Chebyshev polynomials of x limited to [-1, 1], from degree 0 on.</summary>
    Chebyshev,
}

namespace Frugal.Layers;

/// <summary>A family of functions of one number that the edges of a Kolmogorov-Arnold layer are made of.</summary>
public enum KanFamily
{
    /// <summary>B-splines on a grid over [-1, 1].</summary>
    Bspline,

    /// <summary>Gaussian bumps around fixed centres.</summary>
    Rbf,

    /// <summary>Chebyshev polynomials of the input, clamped to [-1, 1].</summary>
    Chebyshev,

    /// <summary>One wavelet an edge, with a place and a width of its own.</summary>
    Wavelet,

    /// <summary>Squared products of two ReLUs, whose ends are trained.</summary>
    Relu,

    /// <summary>Jacobi polynomials with α = β = 1 of the hyperbolic tangent of the input.</summary>
    Jacobi,

    /// <summary>Reflectional switch functions, 1 - tanh², around fixed centres.</summary>
    Rswaf,
}

namespace Frugal.Kernels;

/// <summary>The function that a kernel applies to its sums before it stores them.</summary>
public enum Activation
{
    /// <summary>The value itself.</summary>
    Identity,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x Φ(x) with the normal distribution function Φ (Hendrycks and Gimpel, 2016): PyTorch's <c>gelu</c>.</summary>
    Gelu,

    /// <summary>½ x (1 + tanh(√(2/π) (x + 0.044715 x³))): PyTorch's <c>gelu(approximate='tanh')</c>.</summary>
    GeluTanh,

    /// <summary>x / (1 + e⁻ˣ): PyTorch's <c>silu</c>.</summary>
    Silu,
}

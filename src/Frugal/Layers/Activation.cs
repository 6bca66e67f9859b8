namespace Frugal.Layers;

/// <summary>Non-linearities that a model can be built with.</summary>
public enum Activation
{
    /// <summary>max(0, x).</summary>
    Relu,

    /// <summary>x Φ(x), exact, as in the Vision Transformer.</summary>
    Gelu,

    /// <summary>x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, the approximation of <see cref="Gelu"/> that GPT-2 was trained with.</summary>
    GeluTanh,

    /// <summary>x sigmoid(x), also called swish.</summary>
    Silu,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    Sigmoid,

    /// <summary>x above 0, a hundredth of it below.</summary>
    LeakyRelu,
}

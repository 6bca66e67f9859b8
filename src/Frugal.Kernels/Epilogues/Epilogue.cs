namespace Frugal.Kernels;

/// <summary>
/// What happens to the sums of a linear layer on their way to memory: <c>activation(scale · sum + bias) + residual</c>.
/// The default value does nothing.
/// </summary>
public readonly ref struct Epilogue
{
    /// <summary>A factor for each output, <c>[out]</c>; empty for none.</summary>
    public ReadOnlySpan<float> Scale { get; init; }

    /// <summary>A term for each output, <c>[out]</c>; empty for none.</summary>
    public ReadOnlySpan<float> Bias { get; init; }

    /// <summary>Added after the activation, <c>[rows, out]</c>; empty for none. It may be the output itself, which is then added to.</summary>
    public ReadOnlySpan<float> Residual { get; init; }

    /// <summary>Applied after scale and bias.</summary>
    public Activation Activation { get; init; }
}

namespace Frugal.Kernels;

/// <summary>A packed linear layer with its bias and the activation behind it: <c>activation(input · weightᵀ + bias)</c> in one pass over the output.</summary>
public sealed class LinearOperator : IRowOperator
{
    private readonly IPackedLinear _weight;
    private readonly float[] _bias;
    private readonly Activation _activation;

    /// <param name="weight">The packed weight.</param>
    /// <param name="bias"><c>[out]</c>, copied; empty for none.</param>
    /// <param name="activation">Applied to the sums.</param>
    /// <exception cref="ArgumentException">The bias has another length.</exception>
    public LinearOperator(IPackedLinear weight, ReadOnlySpan<float> bias = default, Activation activation = Activation.Identity)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (!bias.IsEmpty && bias.Length != weight.OutFeatures)
            throw new ArgumentException($"bias has {bias.Length} elements; [out = {weight.OutFeatures}] needs {weight.OutFeatures}.", nameof(bias));
        (_weight, _bias, _activation) = (weight, bias.ToArray(), activation);
    }

    /// <inheritdoc/>
    public int InFeatures => _weight.InFeatures;

    /// <inheritdoc/>
    public int OutFeatures => _weight.OutFeatures;

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, KernelPool pool) =>
        _weight.Run(input, rows, output, new() { Bias = _bias, Activation = _activation }, pool);
}

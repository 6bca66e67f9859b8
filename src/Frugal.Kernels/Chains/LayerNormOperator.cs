namespace Frugal.Kernels;

/// <summary>
/// Layer normalisation of each row (Ba et al. 2016): <c>(x - mean) / √(variance + ε) · weight + bias</c>, with the variance of the population as in torch.
/// </summary>
public sealed class LayerNormOperator : IRowOperator
{
    private readonly AlignedBuffer<float> _weight;
    private readonly AlignedBuffer<float> _bias;
    private readonly float _epsilon;

    /// <param name="weight"><c>[features]</c>, copied.</param>
    /// <param name="bias"><c>[features]</c>, copied; empty for none.</param>
    /// <param name="epsilon">Added to the variance, 0 or more.</param>
    /// <exception cref="ArgumentException">There are no features, or the bias has another length.</exception>
    public LayerNormOperator(ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, float epsilon)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epsilon);
        if (weight.IsEmpty || (!bias.IsEmpty && bias.Length != weight.Length))
            throw new ArgumentException($"weight has {weight.Length} elements and bias {bias.Length}; both must be [features], with at least one, or the bias empty.", nameof(weight));
        (_weight, _bias, _epsilon) = (new(weight), new(weight.Length), epsilon);
        bias.CopyTo(_bias.Span);
    }

    /// <inheritdoc/>
    public int InFeatures => _weight.Length;

    /// <inheritdoc/>
    public int OutFeatures => _weight.Length;

    /// <inheritdoc/>
    public unsafe void Run(ReadOnlySpan<float> input, int rows, Span<float> output, KernelPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        LinearArguments.Check(input, rows, output, default, InFeatures, OutFeatures);
        if (rows == 0)
            return;
        fixed (float* x = input, y = output)
        {
            var task = new LayerNormTask(x, y, _weight.Pointer, _bias.Pointer, rows, InFeatures, _epsilon, pool.Level);
            pool.Run(ref task, 0);
        }
        GC.KeepAlive(this);
    }
}

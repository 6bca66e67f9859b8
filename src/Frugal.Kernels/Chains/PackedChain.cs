using System.Buffers;

namespace Frugal.Kernels;

/// <summary>
/// Operators that follow each other as one call, such as a normalisation and the two layers of a transformer's feed-forward block: rows are taken in blocks, so that what
/// lies between two operators stays in the second cache, and nothing is paid for each operator but its arithmetic.
/// </summary>
public sealed class PackedChain : IRowOperator
{
    /// <summary>Floats between two operators at most: half of a second cache of one megabyte.</summary>
    private const int MaxMiddle = 128 * 1024;

    /// <summary>Rows of a block at least: with fewer, each block would load all weights for little.</summary>
    private const int MinRows = 64;

    private readonly IRowOperator[] _operators;
    private readonly int _width;

    /// <param name="operators">In the order in which they run; each takes as many columns as the one before gives.</param>
    /// <exception cref="ArgumentException">There is none, or widths do not fit.</exception>
    public PackedChain(IReadOnlyList<IRowOperator> operators)
    {
        ArgumentNullException.ThrowIfNull(operators);
        if (operators.Count == 0)
            throw new ArgumentException("A chain needs at least one operator.", nameof(operators));
        for (var i = 1; i < operators.Count; i++)
            if (operators[i].InFeatures != operators[i - 1].OutFeatures)
                throw new ArgumentException(
                    $"Operator {i} takes {operators[i].InFeatures} columns, and the one before gives {operators[i - 1].OutFeatures}.", nameof(operators));
        _operators = [.. operators];
        _width = operators.SkipLast(1).Select(step => step.OutFeatures).DefaultIfEmpty(0).Max();
    }

    /// <inheritdoc/>
    public int InFeatures => _operators[0].InFeatures;

    /// <inheritdoc/>
    public int OutFeatures => _operators[^1].OutFeatures;

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, KernelPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        LinearArguments.Check(input, rows, output, default, InFeatures, OutFeatures);
        if (_operators.Length == 1)
        {
            _operators[0].Run(input, rows, output, pool);
            return;
        }
        var most = Math.Min(rows, Math.Max(MinRows, MaxMiddle / _width));
        var middle = ArrayPool<float>.Shared.Rent(checked(2 * most * _width));
        try
        {
            for (var row = 0; row < rows; row += most)
            {
                var count = Math.Min(most, rows - row);
                var source = input.Slice(row * InFeatures, count * InFeatures);
                for (var i = 0; i < _operators.Length; i++)
                {
                    var target = i == _operators.Length - 1
                        ? output.Slice(row * OutFeatures, count * OutFeatures)
                        : middle.AsSpan(i % 2 * most * _width, count * _operators[i].OutFeatures);
                    _operators[i].Run(source, count, target, pool);
                    source = target;
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(middle);
        }
    }
}

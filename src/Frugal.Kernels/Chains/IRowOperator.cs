namespace Frugal.Kernels;

/// <summary>What makes of each row of <c>[rows, in]</c> a row of <c>[rows, out]</c>, over spans: the operators of a <see cref="PackedChain"/>, and the chain itself.</summary>
public interface IRowOperator
{
    /// <summary>Columns of the input.</summary>
    int InFeatures { get; }

    /// <summary>Columns of the output.</summary>
    int OutFeatures { get; }

    /// <summary>Computes the output.</summary>
    /// <param name="input"><c>[rows, in]</c>.</param>
    /// <param name="rows">Rows of input and output.</param>
    /// <param name="output"><c>[rows, out]</c>; it may not overlap the input.</param>
    /// <param name="pool">The threads and the instruction set.</param>
    /// <exception cref="ArgumentException">A span does not have the length that the shapes ask for, or output and input overlap.</exception>
    void Run(ReadOnlySpan<float> input, int rows, Span<float> output, KernelPool pool);
}

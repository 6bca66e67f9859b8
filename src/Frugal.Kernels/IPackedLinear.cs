namespace Frugal.Kernels;

/// <summary>
/// The inference form of a linear layer whose weight <c>[out, in]</c> was compressed: packed once, then run over spans.
/// It is immutable, so any number of threads may run it, each with a pool of its own.
/// </summary>
public interface IPackedLinear
{
    /// <summary>Columns of the output.</summary>
    int OutFeatures { get; }

    /// <summary>Columns of the input.</summary>
    int InFeatures { get; }

    /// <summary>Weights that are held, zeros among them included.</summary>
    long StoredWeights { get; }

    /// <summary>Weights that are not zero.</summary>
    long NonZeros { get; }

    /// <summary>Multiply-adds for each row: one for each weight that is held, unless weights are used several times.</summary>
    long MacsPerRow => StoredWeights;

    /// <summary>Those of them whose weight is not zero.</summary>
    long NonZeroMacsPerRow => NonZeros;

    /// <summary>Subnormal weights that packing took as zeros, since arithmetic with them is up to 58 times slower.</summary>
    long FlushedSubnormals { get; }

    /// <summary>Bytes of memory that the packed weight takes.</summary>
    long Bytes { get; }

    /// <summary>Computes <c>epilogue(input · weightᵀ)</c>.</summary>
    /// <param name="input"><c>[rows, in]</c>.</param>
    /// <param name="rows">Rows of input and output.</param>
    /// <param name="output"><c>[rows, out]</c>; it may not overlap the input.</param>
    /// <param name="epilogue">What happens to the sums as they are stored.</param>
    /// <param name="pool">The threads and the instruction set.</param>
    /// <exception cref="ArgumentException">A span does not have the length that the shapes ask for, or output and input overlap.</exception>
    void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool);

    /// <summary>Writes the weight back, <c>[out, in]</c>, with zeros where nothing is stored.</summary>
    void Unpack(Span<float> weight);

    /// <summary>The layer as arrays for a file.</summary>
    PackedArrays Export();
}

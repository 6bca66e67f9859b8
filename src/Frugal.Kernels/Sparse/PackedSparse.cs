namespace Frugal.Kernels;

/// <summary>
/// A linear layer whose zeros lie anywhere: the values of each output in order, each with its 16-bit input position (32-bit above 65,536 inputs).
/// It pays from about 90 % zeros; below that an int8 layer is smaller and faster.
/// </summary>
/// <remarks>
/// Zeros are not stored and not multiplied: an infinity or NaN in the input reaches an output only through weights that are not zero,
/// while a dense product would make 0 · ∞ = NaN of it. With AVX-512 a second form is held for one row of input, see
/// <c>docs/kernels.md</c>; <see cref="Bytes"/> counts both, and <see cref="Export"/> writes the first. The order of a sum depends on the processor and on the number of rows,
/// so results agree between them to rounding, and to the bit for the same call, whatever the number of threads.
/// </remarks>
public sealed class PackedSparse : IPackedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "sparse";

    private PackedSparse(SparseBlocks blocks) => Blocks = blocks;

    internal SparseBlocks Blocks { get; }

    /// <inheritdoc/>
    public int OutFeatures => Blocks.OutFeatures;

    /// <inheritdoc/>
    public int InFeatures => Blocks.InFeatures;

    /// <inheritdoc/>
    public long StoredWeights => Blocks.Values.Length;

    /// <inheritdoc/>
    public long NonZeros => Blocks.NonZeros;

    /// <inheritdoc/>
    public long FlushedSubnormals => Blocks.FlushedSubnormals;

    /// <inheritdoc/>
    public long Bytes => Blocks.Bytes;

    /// <summary>Packs the weights that are not zero; subnormal ones are taken as zeros and counted.</summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <exception cref="ArgumentException">The weight does not have this shape.</exception>
    public static PackedSparse Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures) =>
        new(SparseBlocks.Pack(weight, outFeatures, inFeatures, height: 1));

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedSparse Import(PackedArrays arrays) => new(SparseBlocksFile.Import(arrays, Format, [1]));

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool) =>
        SparseCall.Run(Blocks, input, rows, output, epilogue, pool);

    /// <inheritdoc/>
    public void Unpack(Span<float> weight) => Blocks.Unpack(weight);

    /// <inheritdoc/>
    public PackedArrays Export() => SparseBlocksFile.Export(Blocks, Format);
}

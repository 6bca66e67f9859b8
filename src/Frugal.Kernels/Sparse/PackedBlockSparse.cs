namespace Frugal.Kernels;

/// <summary>
/// A linear layer in which 4, 8 or 16 neighbouring outputs share the positions of their zeros (pattern <c>4x1</c>, <c>8x1</c>, <c>16x1</c>):
/// each load of an input serves them all, which makes it about twice as fast as <see cref="PackedSparse"/> at equal sparsity.
/// </summary>
/// <remarks>
/// A position is stored for a whole group if any of its outputs has a weight there, so a weight without the pattern is packed correctly but not
/// smaller: compare <see cref="StoredWeights"/> with <see cref="NonZeros"/>. Positions that are not stored are not multiplied: an infinity or NaN
/// in the input reaches the outputs of a group only through positions that the group stores (there also through its zeros, as in a dense
/// product). Results are the same to the bit for the same call, whatever the number of threads.
/// </remarks>
public sealed class PackedBlockSparse : IPackedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "block-sparse";

    private PackedBlockSparse(SparseBlocks blocks) => Blocks = blocks;

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

    /// <summary>Outputs that share positions: 4, 8 or 16.</summary>
    public int BlockHeight => Blocks.Height;

    /// <summary>Packs the blocks that are not all zero; subnormal weights are taken as zeros and counted.</summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="blockHeight">Neighbouring outputs in a block: 4, 8 or 16.</param>
    /// <exception cref="ArgumentException">The weight does not have this shape, or blocks cannot have this height.</exception>
    public static PackedBlockSparse Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures, int blockHeight)
    {
        if (blockHeight is not (4 or 8 or 16))
            throw new ArgumentOutOfRangeException(nameof(blockHeight), blockHeight, $"blockHeight must be 4, 8 or 16, got {blockHeight}");
        return new(SparseBlocks.Pack(weight, outFeatures, inFeatures, blockHeight));
    }

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedBlockSparse Import(PackedArrays arrays) => new(SparseBlocksFile.Import(arrays, Format, [4, 8, 16]));

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool) =>
        SparseCall.Run(Blocks, input, rows, output, epilogue, pool);

    /// <inheritdoc/>
    public void Unpack(Span<float> weight) => Blocks.Unpack(weight);

    /// <inheritdoc/>
    public PackedArrays Export() => SparseBlocksFile.Export(Blocks, Format);
}

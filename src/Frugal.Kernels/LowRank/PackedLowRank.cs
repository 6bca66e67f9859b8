namespace Frugal.Kernels;

/// <summary>
/// A linear layer of low rank in fp32, <c>up · (down · input)</c>, as one product: what lies between the factors stays in cache, tile by tile. It is a Monarch product of
/// one block, whose permutations change nothing.
/// </summary>
/// <remarks>Factors are taken as dense: an infinity or NaN in a row of the input reaches all its outputs, as in a dense product.</remarks>
public sealed class PackedLowRank : IPackedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "low-rank";

    private readonly PackedMonarch _factors;

    private PackedLowRank(PackedMonarch factors, int rank) => (_factors, Rank) = (factors, rank);

    /// <inheritdoc/>
    public int OutFeatures => _factors.OutFeatures;

    /// <inheritdoc/>
    public int InFeatures => _factors.InFeatures;

    /// <summary>Outputs of the first factor and inputs of the second.</summary>
    public int Rank { get; }

    /// <inheritdoc/>
    public long StoredWeights => _factors.StoredWeights;

    /// <summary>Weights of both factors that are not zero.</summary>
    public long NonZeros => _factors.NonZeros;

    /// <inheritdoc/>
    public long FlushedSubnormals => _factors.FlushedSubnormals;

    /// <inheritdoc/>
    public long Bytes => _factors.Bytes;

    /// <summary>Packs both factors.</summary>
    /// <param name="down"><c>[rank, in]</c>.</param>
    /// <param name="up"><c>[out, rank]</c>.</param>
    /// <exception cref="ArgumentException">The factors do not have these shapes, or a size is above 65,536.</exception>
    public static PackedLowRank Pack(ReadOnlySpan<float> down, ReadOnlySpan<float> up, int outFeatures, int inFeatures, int rank) =>
        new(PackedMonarch.Pack(down, up, outFeatures, inFeatures, inBlocks: 1, middleSize: rank, outBlocks: 1), rank);

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedLowRank Import(PackedArrays arrays)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        if (arrays.Format != Format)
            throw arrays.Malformed($"'{Format}' is needed");
        var factors = PackedMonarch.Import(new(PackedMonarch.Format, arrays.Arrays));
        var blocks = PackedLayout.Read<int>(arrays, "blocks", PackedElement.Int32, length: 5);
        if (blocks[0] != 1 || blocks[3] != 1)
            throw arrays.Malformed($"its factors have {blocks[0]} and {blocks[3]} blocks, and one each is needed");
        return new(factors, blocks[2]);
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool) =>
        _factors.Run(input, rows, output, epilogue, pool);

    /// <summary>Writes the product of the factors, <c>[out, in]</c>.</summary>
    public void Unpack(Span<float> weight) => _factors.Unpack(weight);

    /// <summary>The arrays of a Monarch layer of one block.</summary>
    public PackedArrays Export() => new(Format, _factors.Export().Arrays);
}

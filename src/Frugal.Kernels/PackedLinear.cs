namespace Frugal.Kernels;

/// <summary>Reads packed layers of any format.</summary>
public static class PackedLinear
{
    private static readonly string[] Formats =
    [
        PackedSparse.Format, PackedBlockSparse.Format, PackedInt8.Format, PackedBinary.Format, PackedLowBit.Format,
        PackedMonarch.Format, PackedLowRank.Format, PackedLowRankInt8.Format,
        PackedWeightOnly.Format, PackedNofM.Format, PackedNofMInt8.Format, PackedMpo.Format, PackedDense.Format,
    ];

    /// <summary>The layer that <see cref="IPackedLinear.Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The format is unknown, or the arrays contradict it or each other.</exception>
    public static IPackedLinear Import(PackedArrays arrays)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        return arrays.Format switch
        {
            PackedSparse.Format => PackedSparse.Import(arrays),
            PackedBlockSparse.Format => PackedBlockSparse.Import(arrays),
            PackedInt8.Format => PackedInt8.Import(arrays),
            PackedBinary.Format => PackedBinary.Import(arrays),
            PackedLowBit.Format => PackedLowBit.Import(arrays),
            PackedMonarch.Format => PackedMonarch.Import(arrays),
            PackedLowRank.Format => PackedLowRank.Import(arrays),
            PackedLowRankInt8.Format => PackedLowRankInt8.Import(arrays),
            PackedWeightOnly.Format => PackedWeightOnly.Import(arrays),
            PackedNofM.Format => PackedNofM.Import(arrays),
            PackedNofMInt8.Format => PackedNofMInt8.Import(arrays),
            PackedMpo.Format => PackedMpo.Import(arrays),
            PackedDense.Format => PackedDense.Import(arrays),
            _ => throw new FrugalException($"Packed layer of unknown format '{arrays.Format}'; known are '{string.Join("', '", Formats)}'."),
        };
    }
}

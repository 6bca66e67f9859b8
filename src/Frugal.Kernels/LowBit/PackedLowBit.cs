namespace Frugal.Kernels;

/// <summary>
/// A linear layer whose weights take 2, 3 or 4 bits and stand for small whole numbers times a scale of each output: ternary, shift and 4-bit layers.
/// Inputs are quantised to 8 bits at each call, as by <see cref="PackedInt8"/>, and the products are summed without rounding.
/// </summary>
/// <remarks>
/// A shift weight is an exact byte, so "multiplier-free" saves bytes and not operations on a processor: for one row it is faster than int8, for many as fast.
/// A layer with weights of +128 times its scale, which no byte holds, is summed twice, which for many rows takes twice the time.
/// </remarks>
public sealed class PackedLowBit : IPackedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "low-bit";

    private PackedLowBit(LowBitPanels panels, long flushed) => (Panels, FlushedSubnormals) = (panels, flushed);

    internal LowBitPanels Panels { get; }

    /// <inheritdoc/>
    public int OutFeatures => Panels.OutFeatures;

    /// <inheritdoc/>
    public int InFeatures => Panels.InFeatures;

    /// <summary>Bits of a weight: 2, 3 or 4.</summary>
    public int Bits => Panels.Bits;

    /// <inheritdoc/>
    public long StoredWeights => (long)OutFeatures * InFeatures;

    /// <inheritdoc/>
    public long NonZeros => Panels.NonZeros;

    /// <inheritdoc/>
    public long FlushedSubnormals { get; }

    /// <inheritdoc/>
    public long Bytes => Panels.Bytes;

    /// <summary>Whether every weight has one of the values, each output's times a scale of its own.</summary>
    /// <param name="weight"><c>[out, in]</c>, finite.</param>
    /// <param name="values">What its values should be; any weight can be rounded to <see cref="LowBitValues.Int4"/>.</param>
    public static bool CanPack(ReadOnlySpan<float> weight, int inFeatures, LowBitValues values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inFeatures, 1);
        return weight.Length % inFeatures == 0 && LowBitCoder.Fault(weight, inFeatures, values) is null;
    }

    /// <summary>Packs a weight.</summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="values">What its values are, each output's times a scale of its own.</param>
    /// <exception cref="ArgumentException">The weight does not have this shape, or more than 65,536 inputs.</exception>
    /// <exception cref="FrugalException">A weight is not finite, or has none of the values.</exception>
    public static PackedLowBit Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures, LowBitValues values)
    {
        Int8Panels.CheckInputs(inFeatures);
        var flushed = 0L;
        foreach (var value in weight)
            flushed += float.IsSubnormal(value) ? 1 : 0;
        return new(LowBitCoder.Code(weight, outFeatures, inFeatures, values), flushed);
    }

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedLowBit Import(PackedArrays arrays) => new(LowBitFile.Import(arrays), flushed: 0);

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        PanelCall.Run(
            Panels.Product(Int8Paths.For(pool.Level), pool.Level), Panels.Outputs, OutFeatures, InFeatures, input, rows, output, epilogue, pool);
        GC.KeepAlive(Panels);
    }

    /// <inheritdoc/>
    public void Unpack(Span<float> weight)
    {
        LinearArguments.CheckWeight(weight.Length, OutFeatures, InFeatures);
        for (var i = 0; i < weight.Length; i++)
            weight[i] = Panels.Scales[i / InFeatures] * Panels.CodeValues[Panels.Code(i / InFeatures, i % InFeatures)];
    }

    /// <inheritdoc/>
    public PackedArrays Export() => LowBitFile.Export(Panels);
}

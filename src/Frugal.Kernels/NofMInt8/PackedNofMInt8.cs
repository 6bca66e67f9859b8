namespace Frugal.Kernels;

/// <summary>
/// A linear layer of which each output has at most N weights in every four neighbouring inputs, of 8 bits each with a scale for each output: for 2:4 five bits of a weight's place and value are read where
/// <see cref="PackedInt8"/> reads eight. Inputs are quantised to 8 bits at each call, as there, and the products are summed without rounding.
/// </summary>
/// <remarks>One row gains, since its time is that of reading weights. For many rows the products are those of the dense layer, and <see cref="PackedInt8"/> is as fast.</remarks>
public sealed class PackedNofMInt8 : IPackedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "n-of-m-int8";

    private PackedNofMInt8(NofMInt8Panels panels, long flushed) => (Panels, FlushedSubnormals) = (panels, flushed);

    internal NofMInt8Panels Panels { get; }

    /// <inheritdoc/>
    public int OutFeatures => Panels.OutFeatures;

    /// <inheritdoc/>
    public int InFeatures => Panels.InFeatures;

    /// <summary>Weights at most in four neighbouring inputs: 1 or 2.</summary>
    public int N => Panels.N;

    /// <inheritdoc/>
    public long StoredWeights => (long)OutFeatures * NofMInt8Panels.Groups(InFeatures) * N;

    /// <inheritdoc/>
    public long NonZeros => Panels.NonZeros;

    /// <inheritdoc/>
    public long FlushedSubnormals { get; }

    /// <inheritdoc/>
    public long Bytes => Panels.Bytes;

    /// <summary>Quantises and packs a weight that has the pattern: each output's largest magnitude becomes 127.</summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="n">Weights at most in four neighbouring inputs: 1 or 2.</param>
    /// <exception cref="ArgumentException">The weight does not have this shape, or more than 65,536 inputs, or the pattern cannot be so.</exception>
    /// <exception cref="FrugalException">A weight is infinite or not a number, or a group has more than N weights.</exception>
    public static PackedNofMInt8 Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures, int n)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(n, NofMInt8Panels.MaxN);
        Int8Panels.CheckInputs(inFeatures);
        var (codes, scales) = Int8Quantizer.Quantize(weight, outFeatures, inFeatures);
        NofMPattern.Require(weight, inFeatures, n, NofMInt8Panels.M);
        var flushed = 0L;
        for (var i = 0; i < weight.Length; i++)
        {
            // They are no part of the pattern, and could have a code where all weights of an output are tiny.
            if (!float.IsSubnormal(weight[i]))
                continue;
            codes[i] = 0;
            flushed++;
        }
        return new(new(codes, scales, n, outFeatures, inFeatures), flushed);
    }

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedNofMInt8 Import(PackedArrays arrays) => new(NofMInt8File.Import(arrays), flushed: 0);

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        PanelCall.Run(Panels.Product(Int8Paths.For(pool.Level)), Panels.Outputs, OutFeatures, InFeatures, input, rows, output, epilogue, pool);
        GC.KeepAlive(Panels);
    }

    /// <inheritdoc/>
    public void Unpack(Span<float> weight)
    {
        LinearArguments.CheckWeight(weight.Length, OutFeatures, InFeatures);
        var codes = Panels.Codes();
        for (var i = 0; i < weight.Length; i++)
            weight[i] = Panels.Scales[i / InFeatures] * codes[i];
    }

    /// <inheritdoc/>
    public PackedArrays Export() => NofMInt8File.Export(Panels);
}

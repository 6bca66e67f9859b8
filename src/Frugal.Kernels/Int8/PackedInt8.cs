namespace Frugal.Kernels;

/// <summary>
/// A linear layer with weights of 8 bits, a scale for each output. Inputs are quantised to 8 bits at each call, every row over its own
/// range, and the products are summed as whole numbers without rounding.
/// </summary>
/// <remarks>
/// The sums are exact on every processor, so a call gives the same bits whatever the number of threads. An infinity or NaN in a row of the input
/// makes all its outputs NaN: bytes have no code for them. The quantisation step of a row is never below the smallest normal number, so that
/// rows of subnormal inputs count as zeros.
/// </remarks>
public sealed class PackedInt8 : IPackedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "int8";

    private PackedInt8(Int8Panels panels, long flushed) => (Panels, FlushedSubnormals) = (panels, flushed);

    internal Int8Panels Panels { get; }

    /// <inheritdoc/>
    public int OutFeatures => Panels.OutFeatures;

    /// <inheritdoc/>
    public int InFeatures => Panels.InFeatures;

    /// <inheritdoc/>
    public long StoredWeights => (long)OutFeatures * InFeatures;

    /// <inheritdoc/>
    public long NonZeros => Panels.NonZeros;

    /// <inheritdoc/>
    public long FlushedSubnormals { get; }

    /// <inheritdoc/>
    public long Bytes => Panels.Bytes;

    /// <summary>Quantises and packs a weight: each output's largest magnitude becomes 127.</summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <exception cref="ArgumentException">The weight does not have this shape, or more than 65,536 inputs.</exception>
    /// <exception cref="FrugalException">A weight is infinite or not a number.</exception>
    public static PackedInt8 Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures)
    {
        Int8Panels.CheckInputs(inFeatures);
        var (codes, scales) = Int8Quantizer.Quantize(weight, outFeatures, inFeatures);
        var flushed = 0L;
        foreach (var value in weight)
            flushed += float.IsSubnormal(value) ? 1 : 0;
        return new(new(codes, scales, outFeatures, inFeatures), flushed);
    }

    /// <summary>Packs a weight that is quantised already: an output's weights are its scale times whole numbers.</summary>
    /// <param name="weight"><c>[out, in]</c>, -128 to 127.</param>
    /// <param name="scales"><c>[out]</c>.</param>
    /// <exception cref="ArgumentException">Weight or scales do not have this shape, or there are more than 65,536 inputs.</exception>
    public static PackedInt8 Pack(ReadOnlySpan<sbyte> weight, ReadOnlySpan<float> scales, int outFeatures, int inFeatures)
    {
        LinearArguments.CheckWeight(weight.Length, outFeatures, inFeatures);
        Int8Panels.CheckInputs(inFeatures);
        if (scales.Length != outFeatures)
            throw new ArgumentException($"scales has {scales.Length} elements; [out = {outFeatures}] needs {outFeatures}.", nameof(scales));
        return new(new(weight, scales, outFeatures, inFeatures), flushed: 0);
    }

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedInt8 Import(PackedArrays arrays)
    {
        var (outFeatures, inFeatures) = PackedLayout.Read(arrays, Format, Int8Panels.MaxInFeatures);
        var weight = PackedLayout.Read<sbyte>(arrays, "weight", PackedElement.Int8, (long)outFeatures * inFeatures);
        return new(new(weight, PackedLayout.ReadScales(arrays, outFeatures), outFeatures, inFeatures), flushed: 0);
    }

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
        for (var i = 0; i < weight.Length; i++)
            weight[i] = Panels.Scales[i / InFeatures] * Panels[i / InFeatures, i % InFeatures];
    }

    /// <inheritdoc/>
    public PackedArrays Export() => new(Format, new Dictionary<string, PackedArray>
    {
        ["layout"] = PackedLayout.Write(OutFeatures, InFeatures),
        ["scales"] = PackedArray.Of(PackedElement.Float32, Panels.Scales),
        ["weight"] = PackedArray.Of<sbyte>(PackedElement.Int8, Panels.Weights()),
    });
}

namespace Frugal.Kernels;

/// <summary>
/// A dense layer in fp32, laid out once: for experts, of which each sees few rows and libtorch would lay out the weight anew in each call.
/// </summary>
/// <remarks>
/// An infinity or NaN in a row of the input reaches all its outputs. The same call gives the same bits for any number of threads.
/// </remarks>
public sealed unsafe class PackedDense : IPackedLinear, IPinnedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "dense";

    private const int MaxFeatures = 1 << 20;

    private readonly DenseFactor _factor;

    private PackedDense(ReadOnlySpan<float> weight, int outFeatures, int inFeatures) => _factor = new(weight, outFeatures, inFeatures);

    /// <inheritdoc/>
    public int OutFeatures => _factor.Panels.Outputs;

    /// <inheritdoc/>
    public int InFeatures => _factor.Panels.Inputs;

    /// <inheritdoc/>
    public long StoredWeights => (long)OutFeatures * InFeatures;

    /// <inheritdoc/>
    public long NonZeros => _factor.Panels.NonZeros;

    /// <inheritdoc/>
    public long FlushedSubnormals => _factor.Panels.FlushedSubnormals;

    /// <inheritdoc/>
    public long Bytes => _factor.Bytes;

    /// <summary>Packs a weight; subnormal ones are taken as zeros and counted.</summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <exception cref="ArgumentException">The weight does not have this shape, or is larger than can be held.</exception>
    public static PackedDense Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures)
    {
        LinearArguments.CheckWeight(weight.Length, outFeatures, inFeatures);
        return Fault(outFeatures, inFeatures) is { } fault ? throw new ArgumentException(fault, nameof(weight)) : new(weight, outFeatures, inFeatures);
    }

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedDense Import(PackedArrays arrays)
    {
        var (outFeatures, inFeatures) = PackedLayout.Read(arrays, Format, MaxFeatures);
        return Fault(outFeatures, inFeatures) is { } fault
            ? throw arrays.Malformed(fault)
            : new(PackedLayout.Read<float>(arrays, "values", PackedElement.Float32, (long)outFeatures * inFeatures), outFeatures, inFeatures);
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool) =>
        LinearCall.Run(this, input, rows, output, epilogue, pool);

    void IPinnedLinear.Run(float* input, int rows, in EpilogueStore store, KernelPool pool)
    {
        var task = new DenseTask(_factor, input, rows, store, pool.Level);
        pool.Run(ref task, task.ScratchBytes);
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public void Unpack(Span<float> weight)
    {
        LinearArguments.CheckWeight(weight.Length, OutFeatures, InFeatures);
        _factor.Panels.Unpack(weight);
    }

    /// <inheritdoc/>
    public PackedArrays Export() => new(Format, new Dictionary<string, PackedArray>
    {
        ["layout"] = PackedLayout.Write(OutFeatures, InFeatures),
        ["values"] = PackedArray.Of<float>(PackedElement.Float32, _factor.Unpacked()),
    });

    private static string? Fault(int outFeatures, int inFeatures) => inFeatures <= MaxFeatures && FloatPanels.Fits(outFeatures, inFeatures)
        ? null
        : $"a weight [{outFeatures}, {inFeatures}] is too large: there may be {MaxFeatures} inputs and a gigabyte of weights";
}

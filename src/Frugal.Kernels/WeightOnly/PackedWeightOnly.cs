namespace Frugal.Kernels;

/// <summary>
/// A linear layer with weights of 4 or 8 bits, a scale for each group of neighbouring inputs of an output, and inputs that stay as they are: for single rows, where the bytes of the weight are
/// what counts and the inputs' coding is not wanted. For many rows <see cref="PackedInt8"/> is faster.
/// </summary>
/// <remarks>All weights are multiplied, zeros too: an infinity or NaN in a row of the input reaches all its outputs, as in a dense product.</remarks>
public sealed class PackedWeightOnly : IPackedLinear, IPinnedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "weight-only";

    /// <summary>Inputs at most; a group may hold all of them.</summary>
    internal const int MaxInFeatures = 1 << 24;

    private readonly WeightOnlyPanels _panels;

    private PackedWeightOnly(WeightOnlyPanels panels, long flushed) => (_panels, FlushedSubnormals) = (panels, flushed);

    /// <inheritdoc/>
    public int OutFeatures => _panels.OutFeatures;

    /// <inheritdoc/>
    public int InFeatures => _panels.InFeatures;

    /// <summary>Bits of a weight: 4 or 8.</summary>
    public int Bits => _panels.Bits;

    /// <summary>Neighbouring inputs that share a scale.</summary>
    public int GroupSize => _panels.GroupSize;

    /// <inheritdoc/>
    public long StoredWeights => (long)OutFeatures * InFeatures;

    /// <inheritdoc/>
    public long NonZeros => _panels.NonZeros;

    /// <inheritdoc/>
    public long FlushedSubnormals { get; }

    /// <inheritdoc/>
    public long Bytes => _panels.Bytes;

    /// <summary>Codes and packs a weight: the largest magnitude of each group becomes 127, or 7 with 4 bits.</summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="bits">Bits of a weight: 4 or 8.</param>
    /// <param name="groupSize">Neighbouring inputs that share a scale: a multiple of 8.</param>
    /// <exception cref="ArgumentException">The weight does not have this shape, or bits or groups cannot be so.</exception>
    /// <exception cref="FrugalException">A weight is infinite or not a number.</exception>
    public static PackedWeightOnly Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures, int bits, int groupSize = 32)
    {
        if (Fault(bits, groupSize) is { } fault)
            throw new ArgumentOutOfRangeException(nameof(bits), fault);
        var flushed = 0L;
        foreach (var value in weight)
            flushed += float.IsSubnormal(value) ? 1 : 0;
        return new(WeightOnlyQuantizer.Quantize(weight, outFeatures, inFeatures, bits, groupSize), flushed);
    }

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedWeightOnly Import(PackedArrays arrays) => new(WeightOnlyFile.Import(arrays), flushed: 0);

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool) =>
        LinearCall.Run(this, input, rows, output, epilogue, pool);

    unsafe void IPinnedLinear.Run(float* input, int rows, in EpilogueStore store, KernelPool pool)
    {
        var task = new WeightOnlyTask(_panels, input, rows, store, pool.Level);
        pool.Run(ref task, task.ScratchBytes);
        GC.KeepAlive(_panels);
    }

    /// <inheritdoc/>
    public void Unpack(Span<float> weight)
    {
        LinearArguments.CheckWeight(weight.Length, OutFeatures, InFeatures);
        for (var i = 0; i < weight.Length; i++)
            weight[i] = _panels.Scale(i / InFeatures, i % InFeatures / GroupSize) * _panels.Code(i / InFeatures, i % InFeatures);
    }

    /// <inheritdoc/>
    public PackedArrays Export() => WeightOnlyFile.Export(_panels);

    /// <summary>What is wrong with bits and groups, or null.</summary>
    internal static string? Fault(int bits, int groupSize) =>
        bits is not (4 or 8) ? $"bits must be 4 or 8, got {bits}"
        : groupSize is < 8 or > MaxInFeatures || groupSize % 8 != 0 ? $"groups must have a multiple of 8 inputs, from 8 to {MaxInFeatures}, got {groupSize}"
        : null;
}

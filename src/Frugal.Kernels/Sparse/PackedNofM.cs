namespace Frugal.Kernels;

/// <summary>
/// A linear layer of which each output has at most N weights in every M neighbouring inputs (2:4 and the like): values, and places of four bits within their group. For few rows half the bytes are
/// half the time; for many rows the pattern gains little over <see cref="PackedSparse"/>, and 8-bit weights are faster than both. Where four outputs share the pattern use <see cref="PackedBlockSparse"/>.
/// </summary>
/// <remarks>Weights that are not stored are not multiplied: an infinity or NaN in the input reaches an output only through stored weights.</remarks>
public sealed class PackedNofM : IPackedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "n-of-m";

    /// <summary>Positions take 16 bits.</summary>
    internal const int MaxInFeatures = ushort.MaxValue + 1;

    private readonly SparseBlocks _rows;
    private readonly NofMRows? _few;

    private PackedNofM(SparseBlocks rows, int n, int m) => (_rows, _few, N, M) = (rows, NofMRows.TryBuild(rows, n, m), n, m);

    /// <inheritdoc/>
    public int OutFeatures => _rows.OutFeatures;

    /// <inheritdoc/>
    public int InFeatures => _rows.InFeatures;

    /// <summary>Weights at most in a group.</summary>
    public int N { get; }

    /// <summary>Neighbouring inputs in a group.</summary>
    public int M { get; }

    /// <inheritdoc/>
    public long StoredWeights => _rows.Values.Length;

    /// <inheritdoc/>
    public long NonZeros => _rows.NonZeros;

    /// <inheritdoc/>
    public long FlushedSubnormals => _rows.FlushedSubnormals;

    /// <inheritdoc/>
    public long Bytes => _rows.Bytes + (_few?.Bytes ?? 0);

    /// <summary>Whether a weight has the pattern: at most <paramref name="n"/> that are neither zero nor subnormal in every <paramref name="m"/> neighbouring inputs of an output.</summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    public static bool Fits(ReadOnlySpan<float> weight, int inFeatures, int n, int m)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inFeatures, 1);
        return Fault(n, m) is null && NofMPattern.Fits(weight, inFeatures, n, m);
    }

    /// <summary>Packs a weight that has the pattern; subnormal weights are taken as zeros and counted.</summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="n">Weights at most in a group: 1 to M - 1.</param>
    /// <param name="m">Neighbouring inputs in a group: 4 or 8.</param>
    /// <exception cref="ArgumentException">The weight does not have this shape, more than 65,536 inputs, or patterns cannot be so.</exception>
    /// <exception cref="FrugalException">A group has more than N weights.</exception>
    public static PackedNofM Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures, int n, int m)
    {
        LinearArguments.CheckWeight(weight.Length, outFeatures, inFeatures);
        if (Fault(n, m) is { } fault)
            throw new ArgumentOutOfRangeException(nameof(n), fault);
        if (inFeatures > MaxInFeatures)
            throw new ArgumentOutOfRangeException(nameof(inFeatures), inFeatures, $"inFeatures must be at most {MaxInFeatures}, since positions take 16 bits; got {inFeatures}");
        NofMPattern.Require(weight, inFeatures, n, m);
        return new(SparseBlocks.Pack(weight, outFeatures, inFeatures, height: 1, hasWindows: false), n, m);
    }

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedNofM Import(PackedArrays arrays)
    {
        var (rows, n, m) = NofMFile.Import(arrays);
        return new(rows, n, m);
    }

    /// <inheritdoc/>
    public unsafe void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool)
    {
        var kernel = new NofMKernel(new(_rows.Starts.Pointer, _rows.NarrowColumns!.Pointer, _rows.Values.Pointer, windowed: null), _few);
        SparseCall.Run(kernel, _rows.Starts.Pointer, _rows.Groups, OutFeatures, InFeatures, input, rows, output, epilogue, pool);
        GC.KeepAlive(_rows);
        GC.KeepAlive(_few);
    }

    /// <inheritdoc/>
    public void Unpack(Span<float> weight) => _rows.Unpack(weight);

    /// <inheritdoc/>
    public PackedArrays Export() => NofMFile.Export(_rows, N, M);

    /// <summary>What is wrong with a pattern, or null.</summary>
    internal static string? Fault(int n, int m) =>
        m is not (4 or 8) ? $"m must be 4 or 8, got {m}" : n < 1 || n >= m ? $"n must be from 1 to {m - 1}, got {n}" : null;
}

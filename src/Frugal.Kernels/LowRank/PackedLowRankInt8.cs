using System.Buffers;

namespace Frugal.Kernels;

/// <summary>
/// A linear layer of low rank with weights of 8 bits: <c>up · (down · input)</c>, each factor as a <see cref="PackedInt8"/>. What lies between them is
/// quantised row by row like any input, and stays in cache: rows are taken in blocks.
/// </summary>
/// <remarks>An infinity or NaN in a row of the input makes all its outputs NaN. The sums of both products are exact on every processor.</remarks>
public sealed class PackedLowRankInt8 : IPackedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "low-rank-int8";

    /// <summary>Floats between the factors at most: half of a second cache of one megabyte.</summary>
    private const int MaxMiddle = 128 * 1024;

    private readonly PackedInt8 _down;
    private readonly PackedInt8 _up;

    private PackedLowRankInt8(PackedInt8 down, PackedInt8 up) => (_down, _up) = (down, up);

    /// <inheritdoc/>
    public int OutFeatures => _up.OutFeatures;

    /// <inheritdoc/>
    public int InFeatures => _down.InFeatures;

    /// <summary>Outputs of the first factor and inputs of the second.</summary>
    public int Rank => _down.OutFeatures;

    /// <inheritdoc/>
    public long StoredWeights => _down.StoredWeights + _up.StoredWeights;

    /// <summary>Weights of both factors that are not zero.</summary>
    public long NonZeros => _down.NonZeros + _up.NonZeros;

    /// <inheritdoc/>
    public long FlushedSubnormals => _down.FlushedSubnormals + _up.FlushedSubnormals;

    /// <inheritdoc/>
    public long Bytes => _down.Bytes + _up.Bytes;

    /// <summary>Quantises and packs both factors, each output of each over its own range.</summary>
    /// <param name="down"><c>[rank, in]</c>.</param>
    /// <param name="up"><c>[out, rank]</c>.</param>
    /// <exception cref="ArgumentException">The factors do not have these shapes, or there are more than 65,536 inputs.</exception>
    /// <exception cref="FrugalException">A weight is infinite or not a number.</exception>
    public static PackedLowRankInt8 Pack(ReadOnlySpan<float> down, ReadOnlySpan<float> up, int outFeatures, int inFeatures, int rank) =>
        new(PackedInt8.Pack(down, rank, inFeatures), PackedInt8.Pack(up, outFeatures, rank));

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedLowRankInt8 Import(PackedArrays arrays)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        if (arrays.Format != Format)
            throw arrays.Malformed($"'{Format}' is needed");
        var (down, up) = (PackedInt8.Import(Factor(arrays, "down.")), PackedInt8.Import(Factor(arrays, "up.")));
        if (up.InFeatures != down.OutFeatures)
            throw arrays.Malformed($"its factors are [{down.OutFeatures}, {down.InFeatures}] and [{up.OutFeatures}, {up.InFeatures}]");
        return new(down, up);
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        LinearArguments.Check(input, rows, output, epilogue, InFeatures, OutFeatures);
        var most = Math.Max(1, MaxMiddle / Rank);
        var middle = ArrayPool<float>.Shared.Rent(Math.Min(rows, most) * Rank);
        try
        {
            for (var row = 0; row < rows; row += most)
            {
                var count = Math.Min(most, rows - row);
                var between = middle.AsSpan(0, count * Rank);
                _down.Run(input.Slice(row * InFeatures, count * InFeatures), count, between, default, pool);
                var residual = epilogue.Residual.IsEmpty ? default : epilogue.Residual.Slice(row * OutFeatures, count * OutFeatures);
                var rest = new Epilogue { Scale = epilogue.Scale, Bias = epilogue.Bias, Residual = residual, Activation = epilogue.Activation };
                _up.Run(between, count, output.Slice(row * OutFeatures, count * OutFeatures), rest, pool);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(middle);
        }
    }

    /// <summary>Writes the product of the factors, <c>[out, in]</c>.</summary>
    public void Unpack(Span<float> weight)
    {
        LinearArguments.CheckWeight(weight.Length, OutFeatures, InFeatures);
        var (down, up) = (new float[Rank * InFeatures], new float[OutFeatures * Rank]);
        _down.Unpack(down);
        _up.Unpack(up);
        weight.Clear();
        for (var output = 0; output < OutFeatures; output++)
            for (var r = 0; r < Rank; r++)
                for (var input = 0; input < InFeatures; input++)
                    weight[output * InFeatures + input] += up[output * Rank + r] * down[r * InFeatures + input];
    }

    /// <summary>The arrays of both factors, with <c>down.</c> and <c>up.</c> before their names.</summary>
    public PackedArrays Export()
    {
        var arrays = new Dictionary<string, PackedArray>();
        foreach (var (prefix, factor) in new[] { ("down.", _down), ("up.", _up) })
            foreach (var (name, array) in factor.Export().Arrays)
                arrays[prefix + name] = array;
        return new(Format, arrays);
    }

    private static PackedArrays Factor(PackedArrays arrays, string prefix) => new(
        PackedInt8.Format,
        arrays.Arrays.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value));
}

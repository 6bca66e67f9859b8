namespace Frugal.Kernels;

/// <summary>
/// A linear layer of signs: an output is <c>scale · Σ sign(input) · sign(weight)</c> with a scale for each output, counted by exclusive-or and
/// population count. Signs of inputs are taken in the call; zero counts as positive.
/// </summary>
/// <remarks>
/// Optional: an input may be shifted before its sign is taken, a row's outputs be multiplied by the mean magnitude of its inputs (Rastegari et al., XNOR-Net,
/// 2016), and a term of low rank in floats added (the residual estimators of BiPFT, 2312.08937). The sums are exact on every processor. A NaN in a row of the
/// input makes all its outputs NaN; an infinity has a sign.
/// </remarks>
public sealed class PackedBinary : IPackedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "binary";

    private readonly BinaryPanels _panels;

    private PackedBinary(BinaryPanels panels) => _panels = panels;

    /// <inheritdoc/>
    public int OutFeatures => _panels.OutFeatures;

    /// <inheritdoc/>
    public int InFeatures => _panels.InFeatures;

    /// <summary>All signs, and both factors of the term of low rank.</summary>
    public long StoredWeights => NonZeros + (long)(_panels.Term?.Rank ?? 0) * (OutFeatures + InFeatures);

    /// <summary>All weights: none is zero.</summary>
    public long NonZeros => (long)OutFeatures * InFeatures;

    /// <summary>None: only signs and mean magnitudes are kept.</summary>
    public long FlushedSubnormals => 0;

    /// <inheritdoc/>
    public long Bytes => _panels.Bytes;

    /// <summary>Whether a row's outputs are multiplied by the mean magnitude of its inputs.</summary>
    public bool ScalesRows => _panels.ScalesRows;

    /// <summary>Packs the signs of a weight; an output's scale is the mean magnitude of its weights, so that a weight of <c>± scale</c> is packed exactly.</summary>
    /// <param name="weight"><c>[out, in]</c>.</param>
    /// <param name="scalesRows">Whether a row's outputs are multiplied by the mean magnitude of its inputs.</param>
    /// <param name="shift">Added to the inputs before their signs are taken, <c>[in]</c>; empty for none.</param>
    /// <param name="down">First factor of the term of low rank, <c>[rank, in]</c>, which is given the inputs as they are; empty for none.</param>
    /// <param name="up">Second factor, <c>[out, rank]</c>.</param>
    /// <exception cref="ArgumentException">Shapes do not fit each other.</exception>
    /// <exception cref="FrugalException">A weight is infinite or not a number.</exception>
    public static PackedBinary Pack(
        ReadOnlySpan<float> weight, int outFeatures, int inFeatures, bool scalesRows = false,
        ReadOnlySpan<float> shift = default, ReadOnlySpan<float> down = default, ReadOnlySpan<float> up = default)
    {
        LinearArguments.CheckWeight(weight.Length, outFeatures, inFeatures);
        LinearArguments.CheckFinite(weight, inFeatures);
        if (!shift.IsEmpty && shift.Length != inFeatures)
            throw new ArgumentException($"shift has {shift.Length} elements; [in = {inFeatures}] needs {inFeatures}.", nameof(shift));
        var rank = down.Length / inFeatures;
        if (down.Length != (long)rank * inFeatures || up.Length != (long)rank * outFeatures)
            throw new ArgumentException(
                $"down has {down.Length} elements and up {up.Length}; they must be [rank, in = {inFeatures}] and [out = {outFeatures}, rank].", nameof(down));
        var isNegative = new bool[weight.Length];
        var scales = new float[outFeatures];
        for (var i = 0; i < weight.Length; i++)
            isNegative[i] = weight[i] < 0;
        for (var output = 0; output < outFeatures; output++)
        {
            var sum = 0.0;
            foreach (var value in weight.Slice(output * inFeatures, inFeatures))
                sum += Math.Abs(value);
            scales[output] = (float)(sum / inFeatures);
        }
        return new(new(isNegative, scales, outFeatures, inFeatures, scalesRows, shift, down, up));
    }

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedBinary Import(PackedArrays arrays) => new(BinaryFile.Import(arrays));

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        PanelCall.Run(
            _panels.Product(BinaryPaths.For(pool.Level)), _panels.Outputs, OutFeatures, InFeatures, input, rows, output, epilogue, pool, _panels.Term);
        GC.KeepAlive(_panels);
    }

    /// <summary>Writes the signs times their scales, <c>[out, in]</c>; the term of low rank is not in it.</summary>
    public void Unpack(Span<float> weight)
    {
        LinearArguments.CheckWeight(weight.Length, OutFeatures, InFeatures);
        for (var i = 0; i < weight.Length; i++)
        {
            var scale = -_panels.Outputs.Scales.Span[i / InFeatures];
            weight[i] = _panels.IsNegative(i / InFeatures, i % InFeatures) ? -scale : scale;
        }
    }

    /// <inheritdoc/>
    public PackedArrays Export() => BinaryFile.Export(_panels);
}

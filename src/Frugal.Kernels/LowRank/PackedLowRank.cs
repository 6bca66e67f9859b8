namespace Frugal.Kernels;

/// <summary>A linear layer of low rank in fp32, <c>up · (down · input)</c>, as one call: a few rows at a time pass both factors, so that what lies between them stays in cache.</summary>
/// <remarks>
/// Factors are taken as dense: an infinity or NaN in a row of the input reaches all its outputs, as in a dense product. The same call gives the same bits for any number of threads.
/// </remarks>
public sealed class PackedLowRank : IPackedLinear, IPinnedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "low-rank";

    private const int MaxFeatures = 65_536;

    private readonly DenseFactor _down;
    private readonly DenseFactor _up;

    private PackedLowRank(ReadOnlySpan<float> down, ReadOnlySpan<float> up, int outFeatures, int inFeatures, int rank) =>
        (_down, _up) = (new(down, rank, inFeatures), new(up, outFeatures, rank));

    /// <inheritdoc/>
    public int OutFeatures => _up.Panels.Outputs;

    /// <inheritdoc/>
    public int InFeatures => _down.Panels.Inputs;

    /// <summary>Outputs of the first factor and inputs of the second.</summary>
    public int Rank => _up.Panels.Inputs;

    /// <inheritdoc/>
    public long StoredWeights => (long)Rank * (InFeatures + OutFeatures);

    /// <summary>Weights of both factors that are not zero.</summary>
    public long NonZeros => _down.Panels.NonZeros + _up.Panels.NonZeros;

    /// <inheritdoc/>
    public long FlushedSubnormals => _down.Panels.FlushedSubnormals + _up.Panels.FlushedSubnormals;

    /// <inheritdoc/>
    public long Bytes => _down.Bytes + _up.Bytes;

    /// <summary>Packs both factors; subnormal weights are taken as zeros and counted.</summary>
    /// <param name="down"><c>[rank, in]</c>.</param>
    /// <param name="up"><c>[out, rank]</c>.</param>
    /// <exception cref="ArgumentException">The factors do not have these shapes, or a size is above 65,536.</exception>
    public static PackedLowRank Pack(ReadOnlySpan<float> down, ReadOnlySpan<float> up, int outFeatures, int inFeatures, int rank)
    {
        if (Fault(outFeatures, inFeatures, rank) is { } fault)
            throw new ArgumentException(fault, nameof(down));
        if (down.Length != (long)rank * inFeatures || up.Length != (long)outFeatures * rank)
            throw new ArgumentException(
                $"The factors have {down.Length} and {up.Length} elements; [rank = {rank}, in = {inFeatures}] and [out = {outFeatures}, rank = {rank}] need {(long)rank * inFeatures} and {(long)outFeatures * rank}.", nameof(down));
        return new(down, up, outFeatures, inFeatures, rank);
    }

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedLowRank Import(PackedArrays arrays)
    {
        var (outFeatures, inFeatures) = PackedLayout.Read(arrays, Format, MaxFeatures);
        // The blocks of a Monarch layer (k, p, q, l, s), of which a layer of low rank has one on either side.
        var blocks = PackedLayout.Read<int>(arrays, "blocks", PackedElement.Int32, length: 5);
        var rank = blocks[2];
        if (blocks[0] != 1 || blocks[3] != 1)
            throw arrays.Malformed($"its factors have {blocks[0]} and {blocks[3]} blocks, and one each is needed");
        if (blocks[1] != inFeatures || blocks[4] != outFeatures)
            throw arrays.Malformed($"its factors have {blocks[1]} inputs and {blocks[4]} outputs, and the layer {inFeatures} and {outFeatures}");
        if (Fault(outFeatures, inFeatures, rank) is { } fault)
            throw arrays.Malformed(fault);
        return new(
            PackedLayout.Read<float>(arrays, "first", PackedElement.Float32, (long)rank * inFeatures),
            PackedLayout.Read<float>(arrays, "second", PackedElement.Float32, (long)outFeatures * rank), outFeatures, inFeatures, rank);
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool) =>
        LinearCall.Run(this, input, rows, output, epilogue, pool);

    unsafe void IPinnedLinear.Run(float* input, int rows, in EpilogueStore store, KernelPool pool)
    {
        var task = new LowRankTask(_down, _up, input, rows, store, pool.Level);
        pool.Run(ref task, task.ScratchBytes);
        GC.KeepAlive(this);
    }

    /// <summary>Writes the product of the factors, <c>[out, in]</c>.</summary>
    public void Unpack(Span<float> weight)
    {
        LinearArguments.CheckWeight(weight.Length, OutFeatures, InFeatures);
        var (down, up) = (_down.Unpacked(), _up.Unpacked());
        for (var output = 0; output < OutFeatures; output++)
            for (var input = 0; input < InFeatures; input++)
            {
                var sum = 0.0;
                for (var r = 0; r < Rank; r++)
                    sum += (double)up[output * Rank + r] * down[r * InFeatures + input];
                weight[output * InFeatures + input] = (float)sum;
            }
    }

    /// <summary>The arrays of a Monarch layer of one block.</summary>
    public PackedArrays Export() => new(Format, new Dictionary<string, PackedArray>
    {
        ["layout"] = PackedLayout.Write(OutFeatures, InFeatures),
        ["blocks"] = PackedArray.Of<int>(PackedElement.Int32, [1, InFeatures, Rank, 1, OutFeatures]),
        ["first"] = PackedArray.Of<float>(PackedElement.Float32, _down.Unpacked()),
        ["second"] = PackedArray.Of<float>(PackedElement.Float32, _up.Unpacked()),
    });

    private static string? Fault(int outFeatures, int inFeatures, int rank) => new[] { outFeatures, inFeatures, rank }.Any(size => size is < 1 or > MaxFeatures)
        ? $"outputs, inputs and rank are {outFeatures}, {inFeatures} and {rank}, and must be from 1 to {MaxFeatures}"
        : FloatPanels.Fits(rank, inFeatures) && FloatPanels.Fits(outFeatures, rank) ? null : $"factors of {outFeatures} outputs, {inFeatures} inputs and rank {rank} are larger than a gigabyte";
}

namespace Frugal.Kernels;

/// <summary>
/// A Monarch layer (Dao et al., 2204.00595): two block-diagonal products with a permutation between them and one behind. The permutations cost
/// nothing: one is in the places that the second product loads from, the other in the order in which it stores.
/// </summary>
/// <remarks>
/// Infinities and NaN pass as through the two dense blocks. Results are the same to the bit for the same call and number of threads:
/// threads share the rows where there are many, and how many a thread has decides the order of its sums.
/// </remarks>
public sealed class PackedMonarch : IPackedLinear
{
    /// <summary>Name of the format in files.</summary>
    public const string Format = "monarch";

    private readonly MonarchFactors _factors;

    private PackedMonarch(MonarchFactors factors) => _factors = factors;

    /// <inheritdoc/>
    public int OutFeatures => _factors.Shape.OutFeatures;

    /// <inheritdoc/>
    public int InFeatures => _factors.Shape.InFeatures;

    /// <inheritdoc/>
    public long StoredWeights => _factors.Shape.FirstLength + _factors.Shape.SecondLength;

    /// <summary>Weights of both factors that are not zero.</summary>
    public long NonZeros => _factors.NonZeros;

    /// <inheritdoc/>
    public long FlushedSubnormals => _factors.FlushedSubnormals;

    /// <inheritdoc/>
    public long Bytes => _factors.Bytes;

    /// <summary>Packs the factors of <c>MonarchLinear</c>: inputs are filled up to k · p with zeros, and outputs cut to the first of s · l.</summary>
    /// <param name="first"><c>[k, q, p]</c>: k blocks of p inputs and q outputs.</param>
    /// <param name="second"><c>[l, s, r]</c>: l blocks of r inputs and s outputs, k · q = l · r.</param>
    /// <param name="inBlocks">k.</param>
    /// <param name="middleSize">q.</param>
    /// <param name="outBlocks">l.</param>
    /// <exception cref="ArgumentException">The sizes do not fit each other, or one is above 65,536.</exception>
    public static PackedMonarch Pack(
        ReadOnlySpan<float> first, ReadOnlySpan<float> second, int outFeatures, int inFeatures, int inBlocks, int middleSize, int outBlocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inBlocks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outBlocks, 1);
        var shape = new MonarchShape(
            inFeatures, outFeatures, inBlocks, (inFeatures + inBlocks - 1) / inBlocks, middleSize, outBlocks, (outFeatures + outBlocks - 1) / outBlocks);
        if (shape.Fault() is { } fault)
            throw new ArgumentException($"A Monarch layer of {inFeatures} inputs and {outFeatures} outputs cannot be: {fault}.", nameof(first));
        if (first.Length != shape.FirstLength || second.Length != shape.SecondLength)
            throw new ArgumentException(
                $"The factors have {first.Length} and {second.Length} elements; [k = {inBlocks}, q = {middleSize}, p = {shape.InBlockSize}] and [l = {outBlocks}, s = {shape.OutBlockSize}, r = {shape.OutBlockInputs}] need {shape.FirstLength} and {shape.SecondLength}.",
                nameof(first));
        return new(new(shape, first, second));
    }

    /// <summary>The layer that <see cref="Export"/> wrote.</summary>
    /// <param name="arrays">Arrays from a file; they need not be trusted.</param>
    /// <exception cref="FrugalException">The arrays are of another format or version, or contradict each other.</exception>
    public static PackedMonarch Import(PackedArrays arrays)
    {
        var (outFeatures, inFeatures) = PackedLayout.Read(arrays, Format, ushort.MaxValue + 1);
        var blocks = PackedLayout.Read<int>(arrays, "blocks", PackedElement.Int32, length: 5);
        var shape = new MonarchShape(inFeatures, outFeatures, blocks[0], blocks[1], blocks[2], blocks[3], blocks[4]);
        if (shape.Fault() is { } fault)
            throw arrays.Malformed(fault);
        return new(new(
            shape,
            PackedLayout.Read<float>(arrays, "first", PackedElement.Float32, shape.FirstLength),
            PackedLayout.Read<float>(arrays, "second", PackedElement.Float32, shape.SecondLength)));
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool) =>
        _factors.Run(input, rows, output, epilogue, pool);

    /// <summary>Writes the product of the factors, <c>[out, in]</c>.</summary>
    public void Unpack(Span<float> weight)
    {
        LinearArguments.CheckWeight(weight.Length, OutFeatures, InFeatures);
        var shape = _factors.Shape;
        for (var output = 0; output < OutFeatures; output++)
            for (var input = 0; input < InFeatures; input++)
            {
                var (outBlock, row) = (output % shape.OutBlocks, output / shape.OutBlocks);
                var (inBlock, column) = (input / shape.InBlockSize, input % shape.InBlockSize);
                var sum = 0.0;
                for (var i = 0; i < shape.OutBlockInputs; i++)
                {
                    var middle = i * shape.OutBlocks + outBlock;
                    if (middle / shape.MiddleSize == inBlock)
                        sum += (double)_factors.Second[(outBlock * shape.OutBlockSize + row) * shape.OutBlockInputs + i]
                            * _factors.First[middle * shape.InBlockSize + column];
                }
                weight[output * InFeatures + input] = (float)sum;
            }
    }

    /// <inheritdoc/>
    public PackedArrays Export()
    {
        var shape = _factors.Shape;
        return new(Format, new Dictionary<string, PackedArray>
        {
            ["layout"] = PackedLayout.Write(OutFeatures, InFeatures),
            ["blocks"] = PackedArray.Of<int>(
                PackedElement.Int32, [shape.InBlocks, shape.InBlockSize, shape.MiddleSize, shape.OutBlocks, shape.OutBlockSize]),
            ["first"] = PackedArray.Of<float>(PackedElement.Float32, _factors.First),
            ["second"] = PackedArray.Of<float>(PackedElement.Float32, _factors.Second),
        });
    }
}

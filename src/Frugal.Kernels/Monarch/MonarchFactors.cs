namespace Frugal.Kernels;

/// <summary>
/// A Monarch product as two block-sparse ones. The permutation between the factors is in the positions that the second one loads from, and the
/// one behind it in the order of its groups: those of all blocks λ for the same σ follow each other, so that together they are neighbouring outputs.
/// </summary>
internal sealed unsafe class MonarchFactors
{
    private readonly SparseBlocks _first;
    private readonly SparseBlocks _second;
    /// <summary>First block of each group of neighbouring outputs.</summary>
    private readonly AlignedBuffer<int> _starts;

    /// <param name="first"><c>[k, q, p]</c>.</param>
    /// <param name="second"><c>[l, s, r]</c>.</param>
    public MonarchFactors(MonarchShape shape, ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        Shape = shape;
        (First, Second) = (first.ToArray(), second.ToArray());
        _first = PackFirst();
        _second = PackSecond();
        _starts = new(shape.OutGroups + 1);
        for (var group = 0; group <= shape.OutGroups; group++)
            _starts.Span[group] = _second.Starts.Span[group * shape.OutBlocks];
    }

    public MonarchShape Shape { get; }

    /// <summary><c>[k, q, p]</c>.</summary>
    public float[] First { get; }

    /// <summary><c>[l, s, r]</c>.</summary>
    public float[] Second { get; }

    public long NonZeros => _first.NonZeros + _second.NonZeros;

    public long FlushedSubnormals => _first.FlushedSubnormals + _second.FlushedSubnormals;

    public long Bytes => _first.Bytes + _second.Bytes + _starts.Bytes;

    public void Run(ReadOnlySpan<float> input, int rows, Span<float> output, in Epilogue epilogue, KernelPool pool)
    {
        var kernel = new MonarchKernel(Shape, Kernel(_first), Kernel(_second));
        SparseCall.Run(kernel, _starts.Pointer, Shape.OutGroups, Shape.OutFeatures, Shape.InFeatures, input, rows, output, epilogue, pool);
        GC.KeepAlive(this);
    }

    private static BlockSparseKernel<ushort> Kernel(SparseBlocks blocks) =>
        new(blocks.Height, blocks.Starts.Pointer, blocks.NarrowColumns!.Pointer, blocks.Values.Pointer);

    /// <summary>The first factor: the rows of a block in whole groups, and the positions where its inputs are.</summary>
    private SparseBlocks PackFirst()
    {
        var groups = Shape.PaddedMiddle / Shape.Height;
        var (starts, columns, values) = (new List<int> { 0 }, new List<int>(), new List<float>());
        for (var block = 0; block < Shape.InBlocks; block++)
            for (var group = 0; group < groups; group++)
            {
                for (var i = 0; i < Shape.InBlockSize && block * Shape.InBlockSize + i < Shape.InFeatures; i++)
                {
                    columns.Add(block * Shape.InBlockSize + i);
                    for (var row = group * Shape.Height; row < (group + 1) * Shape.Height; row++)
                        values.Add(row < Shape.MiddleSize ? First[(block * Shape.MiddleSize + row) * Shape.InBlockSize + i] : 0);
                }
                starts.Add(columns.Count);
            }
        return SparseBlocks.FromChecked(
            Shape.Height, Shape.InBlocks * Shape.PaddedMiddle, Shape.InFeatures, [.. starts], columns.ToArray(), values.ToArray());
    }

    /// <summary>The second factor: groups of σ, in them the blocks λ, and the positions where the first factor leaves <c>u[ρ · l + λ]</c>.</summary>
    private SparseBlocks PackSecond()
    {
        var (starts, columns, values) = (new List<int> { 0 }, new List<int>(), new List<float>());
        for (var group = 0; group < Shape.OutGroups; group++)
            for (var block = 0; block < Shape.OutBlocks; block++)
            {
                for (var i = 0; i < Shape.OutBlockInputs; i++)
                {
                    var middle = i * Shape.OutBlocks + block;
                    columns.Add(middle / Shape.MiddleSize * Shape.PaddedMiddle + middle % Shape.MiddleSize);
                    for (var row = group * Shape.Height; row < (group + 1) * Shape.Height; row++)
                        values.Add(row < Shape.OutBlockSize ? Second[(block * Shape.OutBlockSize + row) * Shape.OutBlockInputs + i] : 0);
                }
                starts.Add(columns.Count);
            }
        return SparseBlocks.FromChecked(
            Shape.Height, Shape.OutGroups * Shape.OutBlocks * Shape.Height, Shape.InBlocks * Shape.PaddedMiddle,
            [.. starts], columns.ToArray(), values.ToArray());
    }
}

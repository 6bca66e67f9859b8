namespace Frugal.Kernels;

/// <summary>
/// A weight <c>[out, in]</c> as blocks: each group of <see cref="Height"/> neighbouring outputs has a list of input positions, ascending,
/// and for each position one value for each of its outputs. Height 1 is the ordinary compressed-row form.
/// </summary>
/// <remarks>
///     group 0:  starts[0] ─▶ column 3: v v v v   column 9: v v v v   …
///     group 1:  starts[1] ─▶ column 0: v v v v   …
/// Outputs that the last group has too many are zeros. Columns take 16 bits where the inputs allow.
/// </remarks>
internal sealed class SparseBlocks
{
    private SparseBlocks(int height, int outFeatures, int inFeatures, int[] starts, ReadOnlySpan<int> columns, ReadOnlySpan<float> values, long flushed, bool hasWindows)
    {
        Height = height;
        OutFeatures = outFeatures;
        InFeatures = inFeatures;
        Starts = new AlignedBuffer<int>(starts);
        Values = new AlignedBuffer<float>(values);
        FlushedSubnormals = flushed;
        NonZeros = (long)values.Length - values.Count(0f);
        if (inFeatures <= ushort.MaxValue + 1)
        {
            NarrowColumns = new AlignedBuffer<ushort>(columns.Length);
            for (var i = 0; i < columns.Length; i++)
                NarrowColumns.Span[i] = (ushort)columns[i];
        }
        else
        {
            WideColumns = new AlignedBuffer<int>(columns);
        }
        Windowed = hasWindows ? WindowedRows.TryBuild(this) : null;
    }

    public int Height { get; }

    public int OutFeatures { get; }

    public int InFeatures { get; }

    public int Groups => Starts.Length - 1;

    /// <summary>First block of each group, and the number of blocks behind the last.</summary>
    public AlignedBuffer<int> Starts { get; }

    /// <summary>Input position of each block, if they fit 16 bits.</summary>
    public AlignedBuffer<ushort>? NarrowColumns { get; }

    /// <summary>Input position of each block, if they do not.</summary>
    public AlignedBuffer<int>? WideColumns { get; }

    /// <summary>Values, <c>[blocks, Height]</c>.</summary>
    public AlignedBuffer<float> Values { get; }

    /// <summary>The form for one row of input, where the processor can use it.</summary>
    public WindowedRows? Windowed { get; }

    public long NonZeros { get; }

    public long FlushedSubnormals { get; }

    public long Bytes => Starts.Bytes + Values.Bytes + (NarrowColumns?.Bytes ?? WideColumns!.Bytes) + (Windowed?.Bytes ?? 0);

    /// <param name="hasWindows">Whether the form for one row is made, where the processor can use it.</param>
    public static SparseBlocks Pack(ReadOnlySpan<float> weight, int outFeatures, int inFeatures, int height, bool hasWindows = true)
    {
        LinearArguments.CheckWeight(weight.Length, outFeatures, inFeatures);
        var starts = new int[(outFeatures + height - 1) / height + 1];
        var flushed = 0L;
        foreach (var value in weight)
            flushed += float.IsSubnormal(value) ? 1 : 0;
        for (var group = 0; group < starts.Length - 1; group++)
        {
            var blocks = 0;
            for (var column = 0; column < inFeatures; column++)
                blocks += IsStored(weight, outFeatures, inFeatures, height, group, column) ? 1 : 0;
            starts[group + 1] = starts[group] + blocks;
        }
        var columns = new int[starts[^1]];
        var values = new float[checked(columns.Length * height)];
        for (int group = 0, block = 0; group < starts.Length - 1; group++)
            for (var column = 0; column < inFeatures; column++)
            {
                if (!IsStored(weight, outFeatures, inFeatures, height, group, column))
                    continue;
                columns[block] = column;
                for (var row = group * height; row < Math.Min((group + 1) * height, outFeatures); row++)
                    values[block * height + row - group * height] = Flush(weight[row * inFeatures + column]);
                block++;
            }
        return new(height, outFeatures, inFeatures, starts, columns, values, flushed, hasWindows);
    }

    public int Column(int block) => NarrowColumns is not null ? NarrowColumns.Span[block] : WideColumns!.Span[block];

    public void Unpack(Span<float> weight)
    {
        LinearArguments.CheckWeight(weight.Length, OutFeatures, InFeatures);
        weight.Clear();
        for (var group = 0; group < Groups; group++)
            for (var block = Starts.Span[group]; block < Starts.Span[group + 1]; block++)
                for (var row = group * Height; row < Math.Min((group + 1) * Height, OutFeatures); row++)
                    weight[row * InFeatures + Column(block)] = Values.Span[block * Height + row - group * Height];
    }

    /// <summary>Makes the form from parts that <see cref="SparseBlocksFile"/> has checked.</summary>
    internal static SparseBlocks FromChecked(
        int height, int outFeatures, int inFeatures, int[] starts, ReadOnlySpan<int> columns, ReadOnlySpan<float> values, bool hasWindows = true)
    {
        var flushed = 0L;
        var clean = values.ToArray();
        foreach (ref var value in clean.AsSpan())
        {
            flushed += float.IsSubnormal(value) ? 1 : 0;
            value = Flush(value);
        }
        return new(height, outFeatures, inFeatures, starts, columns, clean, flushed, hasWindows);
    }

    private static float Flush(float value) => float.IsSubnormal(value) ? 0 : value;

    private static bool IsStored(ReadOnlySpan<float> weight, int outFeatures, int inFeatures, int height, int group, int column)
    {
        for (var row = group * height; row < Math.Min((group + 1) * height, outFeatures); row++)
            if (Flush(weight[row * inFeatures + column]) != 0)
                return true;
        return false;
    }
}

namespace Frugal.Kernels;

/// <summary>
/// The file form of <see cref="SparseBlocks"/>: <c>layout</c> (version, block height, out, in), <c>counts</c> (blocks of each group),
/// <c>columns</c> and <c>values</c>. Kernels use columns as addresses without a further look, so nothing passes here unchecked.
/// </summary>
internal static class SparseBlocksFile
{
    private const int Version = 1;

    public static PackedArrays Export(SparseBlocks blocks, string format)
    {
        var counts = new int[blocks.Groups];
        for (var group = 0; group < counts.Length; group++)
            counts[group] = blocks.Starts.Span[group + 1] - blocks.Starts.Span[group];
        var columns = blocks.NarrowColumns is not null
            ? PackedArray.Of<ushort>(PackedElement.UInt16, blocks.NarrowColumns.Span)
            : PackedArray.Of<int>(PackedElement.Int32, blocks.WideColumns!.Span);
        return new(format, new Dictionary<string, PackedArray>
        {
            ["layout"] = PackedArray.Of<int>(PackedElement.Int32, [Version, blocks.Height, blocks.OutFeatures, blocks.InFeatures]),
            ["counts"] = PackedArray.Of<int>(PackedElement.Int32, counts),
            ["columns"] = columns,
            ["values"] = PackedArray.Of<float>(PackedElement.Float32, blocks.Values.Span),
        });
    }

    /// <exception cref="FrugalException">The arrays contradict each other.</exception>
    public static SparseBlocks Import(PackedArrays arrays, string format, ReadOnlySpan<int> heights)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        if (arrays.Format != format)
            throw arrays.Malformed($"'{format}' is needed");
        var layout = arrays.Read<int>("layout", PackedElement.Int32);
        if (layout.Length != 4)
            throw arrays.Malformed($"'layout' has {layout.Length} numbers, and 4 are needed (version, block height, out, in)");
        var (version, height, outFeatures, inFeatures) = (layout[0], layout[1], layout[2], layout[3]);
        if (version != Version)
            throw arrays.Malformed($"its version is {version}, and this library reads version {Version}");
        if (!heights.Contains(height))
            throw arrays.Malformed($"its block height is {height}, and {string.Join(", ", heights.ToArray())} are possible");
        if (outFeatures < 1 || inFeatures < 1 || (long)outFeatures * inFeatures > int.MaxValue)
            throw arrays.Malformed($"its shape is [{outFeatures}, {inFeatures}]");

        var starts = Starts(arrays, (int)(((long)outFeatures + height - 1) / height), inFeatures);
        var values = arrays.Read<float>("values", PackedElement.Float32);
        if (values.Length != (long)starts[^1] * height)
            throw arrays.Malformed($"it has {values.Length} values for {starts[^1]} blocks of {height}");
        var columns = Columns(arrays, starts, inFeatures);
        RequireEmptyPadding(arrays, outFeatures, height, starts, values);
        return SparseBlocks.FromChecked(height, outFeatures, inFeatures, starts, columns, values);
    }

    private static int[] Starts(PackedArrays arrays, int groups, int inFeatures)
    {
        var counts = arrays.Read<int>("counts", PackedElement.Int32);
        if (counts.Length != groups)
            throw arrays.Malformed($"'counts' has {counts.Length} numbers for {groups} groups");
        var starts = new int[groups + 1];
        for (var group = 0; group < groups; group++)
        {
            if (counts[group] < 0 || counts[group] > inFeatures)
                throw arrays.Malformed($"group {group} has {counts[group]} blocks of at most {inFeatures}");
            // No overflow: groups times inputs is at most the number of weights, which was found to fit.
            starts[group + 1] = starts[group] + counts[group];
        }
        return starts;
    }

    private static int[] Columns(PackedArrays arrays, int[] starts, int inFeatures)
    {
        int[] columns = inFeatures <= ushort.MaxValue + 1
            ? [.. arrays.Read<ushort>("columns", PackedElement.UInt16).ToArray().Select(column => (int)column)]
            : arrays.Read<int>("columns", PackedElement.Int32).ToArray();
        if (columns.Length != starts[^1])
            throw arrays.Malformed($"it has {columns.Length} columns for {starts[^1]} blocks");
        for (var group = 0; group < starts.Length - 1; group++)
            for (int block = starts[group], above = -1; block < starts[group + 1]; above = columns[block++])
                if (columns[block] <= above || columns[block] >= inFeatures)
                    throw arrays.Malformed($"block {block} of group {group} is at column {columns[block]}; columns must ascend and be below {inFeatures}");
        return columns;
    }

    private static void RequireEmptyPadding(PackedArrays arrays, int outFeatures, int height, int[] starts, ReadOnlySpan<float> values)
    {
        var filled = outFeatures - (starts.Length - 2) * height;
        for (var block = starts[^2]; block < starts[^1]; block++)
            if (values.Slice(block * height + filled, height - filled).ContainsAnyExcept(0f))
                throw arrays.Malformed($"block {block} has values for outputs behind the last, {outFeatures - 1}");
    }
}

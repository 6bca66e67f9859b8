namespace Frugal.Graphs.Groups.Slots;

/// <summary>Arrays over several axes in row-major order.</summary>
internal static class Grid
{
    public static long Product(IEnumerable<long> sizes) => sizes.Aggregate(1L, (product, size) => product * size);

    /// <summary>Places between neighbours along each axis.</summary>
    public static long[] Strides(IReadOnlyList<long> sizes)
    {
        var strides = new long[sizes.Count];
        long stride = 1;
        for (int axis = sizes.Count - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= sizes[axis];
        }
        return strides;
    }

    /// <summary>An array over other axes: its place <c>(i, j, …)</c> has what lies at <c>i · strides[0] + j · strides[1] + …</c>; a stride of 0 repeats.</summary>
    public static int[] Gather(int[] source, IReadOnlyList<long> sizes, IReadOnlyList<long> strides)
    {
        var result = new int[Product(sizes)];
        var index = new long[sizes.Count];
        long at = 0;
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = source[at];
            for (int axis = sizes.Count - 1; axis >= 0; axis--)
            {
                at += strides[axis];
                if (++index[axis] < sizes[axis])
                    break;
                at -= strides[axis] * sizes[axis];
                index[axis] = 0;
            }
        }
        return result;
    }
}

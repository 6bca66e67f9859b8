namespace Frugal.Kernels;

/// <summary>Groups of outputs shared between threads.</summary>
internal static unsafe class SparseGroups
{
    /// <summary>What a group costs beside its blocks, in blocks: the start of its loop and the store of its sums.</summary>
    private const int GroupCost = 4;

    /// <summary>Parts begin at a multiple of so many outputs: a cache line of them, and a vector.</summary>
    public const int PartOutputs = 16;

    /// <summary>The first group of a part, or for the number of parts itself the number of groups. Parts have equal numbers of blocks, not of groups; they depend on nothing but the layer.</summary>
    /// <param name="starts">First block of each group, and the number of blocks behind the last.</param>
    /// <param name="height">Outputs of a group.</param>
    public static int Boundary(int* starts, int groups, int height, int part, int parts)
    {
        if (part == parts)
            return groups;
        var target = Cost(starts, groups) * part / parts;
        int low = 0, high = groups;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Cost(starts, middle) < target)
                low = middle + 1;
            else
                high = middle;
        }
        return low - low % Math.Max(1, PartOutputs / height);
    }

    private static long Cost(int* starts, int groups) => starts[groups] + (long)GroupCost * groups;
}

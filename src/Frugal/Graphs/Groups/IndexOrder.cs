namespace Frugal.Graphs.Groups;

/// <summary>The indexes of a dimension once some are gone and others are there several times.</summary>
/// <param name="size">Size of the dimension.</param>
internal sealed class IndexOrder(int size)
{
    private readonly HashSet<int> gone = [];
    private readonly Dictionary<int, List<int>> behind = [];

    /// <summary>Says how often these indexes are there; neighbours among them are copied as a whole.</summary>
    public void Place(IReadOnlyList<int> indexes, int count)
    {
        if (count == 0)
            gone.UnionWith(indexes);
        for (int first = 0; first < indexes.Count && count > 1;)
        {
            int end = first + 1;
            while (end < indexes.Count && indexes[end] == indexes[end - 1] + 1)
                end++;
            var run = indexes.Skip(first).Take(end - first);
            behind[indexes[end - 1]] = [.. Enumerable.Repeat(run, count - 1).SelectMany(copy => copy)];
            first = end;
        }
    }

    public long[] ToArray() =>
        [.. Enumerable.Range(0, size).SelectMany(index => (gone.Contains(index) ? [] : (int[])[index]).Concat(behind.GetValueOrDefault(index, []))).Select(index => (long)index)];
}

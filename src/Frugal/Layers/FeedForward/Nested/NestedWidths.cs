namespace Frugal.Layers;

/// <summary>How wide the nested feed-forward blocks of a network are.</summary>
public static class NestedWidths
{
    /// <summary>The shares of the hidden units that the paper trains: a feed-forward block of ratio 4 then has the ratios 0.5, 1, 2 and 4.</summary>
    public static readonly IReadOnlyList<double> Published = [0.125, 0.25, 0.5, 1];

    /// <summary>Hidden units of a share: the nearest number, at least one.</summary>
    /// <param name="hidden">Hidden units in full.</param>
    /// <param name="share">Above 0, at most 1.</param>
    public static long Of(long hidden, double share) => Math.Max(1, (long)Math.Round(hidden * Guard.Positive(Guard.Between(share, 0, 1, nameof(share)), nameof(share))));

    /// <summary>Parameters of a block with so many hidden units: each has a row in what leads in, one in the gate, their biases, and a column in what leads out.</summary>
    internal static long ParametersPerUnit(FeedForwardBlock block)
    {
        long into = block.Gate is null ? 1 : 2, biases = (block.Up.bias is null ? 0 : 1) + (block.Gate?.bias is null ? 0 : 1);
        return (into + 1) * block.Dim + biases;
    }

    /// <summary>
    /// The widths of Mix'n'Match for a budget (section 3.3 of the paper): they do not shrink with depth, and neighbours differ as little as can be. Sequences of two adjacent granularities, the smaller one first, are a
    /// row from the smallest uniform network to the whole one; the largest within the budget is taken.
    /// </summary>
    /// <param name="removable">Parameters that would go from each block, from input to output, for every granularity, ascending: <c>removable[block][granularity]</c>.</param>
    /// <param name="atLeast">How many parameters have to go.</param>
    /// <returns>Which granularity each block takes; null when even the smallest network keeps too many.</returns>
    public static IReadOnlyList<int>? Choose(IReadOnlyList<IReadOnlyList<long>> removable, long atLeast)
    {
        ArgumentNullException.ThrowIfNull(removable);
        int last = removable[0].Count - 1;
        for (int larger = last; larger >= 0; larger--)
        {
            // From all blocks of this granularity down to all but one of the next smaller one; the smallest has none below it.
            for (int smaller = 0; smaller < (larger == 0 ? 1 : removable.Count); smaller++)
            {
                int[] chosen = [.. removable.Select((_, block) => block < smaller ? larger - 1 : larger)];
                if (removable.Select((block, i) => block[chosen[i]]).Sum() >= atLeast)
                    return chosen;
            }
        }
        return null;
    }
}

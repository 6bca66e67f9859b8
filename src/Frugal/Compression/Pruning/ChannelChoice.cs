using Frugal.Graphs.Groups;

namespace Frugal.Compression.Pruning;

/// <summary>Chooses which channels of the groups go, within a budget.</summary>
/// <param name="groups">All groups of the model, which foretell its cost.</param>
/// <param name="scored">Those that take part.</param>
/// <param name="budget">How many go.</param>
internal sealed class ChannelChoice(ChannelGroups groups, IReadOnlyList<ScoredGroup> scored, ChannelBudget budget)
{
    /// <summary>Uniform shares are tried in thousandths.</summary>
    private const int Shares = 1000;

    private readonly int total = scored.Sum(group => group.Scores.Count);
    private readonly List<int> order =
        [.. scored.SelectMany((group, index) => group.Ascending.Select(channel => (index, Score: group.Scores[channel]))).OrderBy(entry => entry.Score).Select(entry => entry.index)];

    /// <exception cref="FrugalException">The budget cannot be met even with the fewest channels left.</exception>
    public ChannelRemoval Make() => budget.KeepMacs is { } kept ? UntilMacs(kept)
        : budget.Allocation == ChannelAllocation.Global ? Globally((int)Math.Round(budget.Ratio!.Value * total))
        : Uniformly(budget.Ratio!.Value);

    private ChannelRemoval Uniformly(double share) => Remove([.. scored.Select(group => (int)Math.Round(share * group.Scores.Count))]);

    private ChannelRemoval Globally(int number)
    {
        var going = new int[scored.Count];
        int left = number;
        foreach (int index in order)
        {
            // The last channel of a group stays, and the next in line goes in its place.
            if (left > 0 && going[index] < scored[index].Scores.Count - 1)
            {
                going[index]++;
                left--;
            }
        }
        return Remove(going);
    }

    private ChannelRemoval Remove(IReadOnlyList<int> going)
    {
        var removal = new ChannelRemoval();
        foreach (var (group, number) in scored.Zip(going))
        {
            int stay = budget.Stay(group.Scores.Count, group.IsSinglePlace, number);
            removal.Add(group.Group, group.Ascending.Take(group.Scores.Count - stay));
        }
        return removal;
    }

    /// <summary>The smallest removal that leaves at most this share; the more goes, the fewer multiply-adds are left, so halving finds it.</summary>
    private ChannelRemoval UntilMacs(double kept)
    {
        long all = groups.MacsAfter(new ChannelRemoval());
        bool isGlobal = budget.Allocation == ChannelAllocation.Global;
        ChannelRemoval Tried(int effort) => isGlobal ? Globally(effort) : Uniformly((double)effort / Shares);
        int low = 0, high = isGlobal ? total : Shares;
        long least = groups.MacsAfter(Tried(high));
        if (least > kept * all)
            throw new FrugalException(FormattableString.Invariant(
                $"{kept:0.###} of the multiply-adds cannot be reached by removing channels: with the fewest that can be left it is {(double)least / all:0.###}; keep more, or let more layers take part"));
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (groups.MacsAfter(Tried(middle)) <= kept * all)
                high = middle;
            else
                low = middle + 1;
        }
        return Tried(high);
    }
}

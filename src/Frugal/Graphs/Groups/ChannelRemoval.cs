namespace Frugal.Graphs.Groups;

/// <summary>Which channels of which groups are to go.</summary>
public sealed class ChannelRemoval
{
    private readonly Dictionary<ChannelGroup, HashSet<int>> removed = new(ReferenceEqualityComparer.Instance);

    /// <summary>Groups that lose channels.</summary>
    public IReadOnlyCollection<ChannelGroup> Groups => removed.Keys;

    /// <summary>True when nothing goes.</summary>
    public bool IsEmpty => removed.Count == 0;

    /// <summary>Adds channels of a group, by their number in the group, to those that go.</summary>
    /// <exception cref="FrugalException">The group is frozen, has no such channel, or would have none left.</exception>
    public ChannelRemoval Add(ChannelGroup group, IEnumerable<int> channels)
    {
        ArgumentNullException.ThrowIfNull(group);
        var all = channels.Concat(Of(group)).ToHashSet();
        if (all.Count == 0)
            return this;
        string name = $"{group.Members[0]}";
        if (group.FrozenBecause is { } reason)
            throw new FrugalException($"No channel of {name} can be removed: {reason}");
        if (all.FirstOrDefault(channel => channel < 0 || channel >= group.NumChannels, -1) is var wrong && all.Any(channel => channel < 0 || channel >= group.NumChannels))
            throw new FrugalException($"{name} has channels 0 to {group.NumChannels - 1}, and no channel {wrong}");
        if (all.Count == group.NumChannels)
            throw new FrugalException($"All {group.NumChannels} channels of {name} would be removed; leave at least one");
        removed[group] = all;
        return this;
    }

    /// <summary>The channels of a group that go.</summary>
    public IReadOnlyCollection<int> Of(ChannelGroup group) => removed.TryGetValue(group, out var channels) ? channels : [];

    /// <summary>The indexes that stay of each dimension that loses any, by parameter and dimension.</summary>
    /// <param name="sizeOf">Size of a parameter's dimension.</param>
    internal IReadOnlyDictionary<(string Parameter, int Dimension), long[]> Kept(Func<string, int, long> sizeOf)
    {
        var gone = new Dictionary<(string, int), HashSet<int>>();
        foreach (var (group, channels) in removed)
        {
            foreach (var member in group.Members)
            {
                if (!gone.TryGetValue((member.Parameter, member.Dimension), out var indexes))
                    gone[(member.Parameter, member.Dimension)] = indexes = [];
                indexes.UnionWith(channels.SelectMany(channel => member.Indexes[channel]));
            }
        }
        return gone.ToDictionary(
            pair => pair.Key,
            pair => Enumerable.Range(0, (int)sizeOf(pair.Key.Item1, pair.Key.Item2)).Where(index => !pair.Value.Contains(index)).Select(index => (long)index).ToArray());
    }
}

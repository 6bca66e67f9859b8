namespace Frugal.Graphs.Groups;

/// <summary>Which channels of which groups are to go.</summary>
public sealed class ChannelRemoval : ChannelChange
{
    private readonly Dictionary<ChannelGroup, HashSet<int>> removed = new(ReferenceEqualityComparer.Instance);

    /// <inheritdoc/>
    public override IReadOnlyCollection<ChannelGroup> Groups => removed.Keys;

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

    /// <inheritdoc/>
    public override int CountOf(ChannelGroup group, int channel) => removed.TryGetValue(group, out var channels) && channels.Contains(channel) ? 0 : 1;
}

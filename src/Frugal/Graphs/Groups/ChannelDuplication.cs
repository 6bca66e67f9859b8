namespace Frugal.Graphs.Groups;

/// <summary>
/// Which channels of which groups are there several times: the base of widening a network without changing what it computes (Chen et al. 2016, "Net2Net", section 2.2). Copies make and carry the same as
/// the channel itself, and whoever reads it takes its share of each.
/// </summary>
public sealed class ChannelDuplication : ChannelChange
{
    private readonly Dictionary<ChannelGroup, Dictionary<int, int>> copies = new(ReferenceEqualityComparer.Instance);

    /// <inheritdoc/>
    public override IReadOnlyCollection<ChannelGroup> Groups => copies.Keys;

    /// <summary>Adds a copy of each of these channels of a group, by their number in the group; a channel that is named twice is copied twice.</summary>
    /// <exception cref="FrugalException">The group is frozen, has no such channel, or has one channel only that lies in several places, whose order cannot be told.</exception>
    public ChannelDuplication Add(ChannelGroup group, IEnumerable<int> channels)
    {
        ArgumentNullException.ThrowIfNull(group);
        int[] added = [.. channels];
        if (added.Length == 0)
            return this;
        if (group.FrozenBecause is { } reason)
            throw new FrugalException($"No channel of {group.Members[0]} can be copied: {reason}");
        if (added.Any(channel => channel < 0 || channel >= group.NumChannels))
            throw new FrugalException($"{group.Members[0]} has channels 0 to {group.NumChannels - 1}, and no channel {added.First(channel => channel < 0 || channel >= group.NumChannels)}");
        if (group.NumChannels == 1 && group.Members.Any(member => member.Indexes[0].Count > 1))
            throw new FrugalException($"{group.Members[0]} has one channel only, in several places at once; where its copies belong cannot be told");
        if (!copies.TryGetValue(group, out var own))
            copies[group] = own = [];
        foreach (int channel in added)
            own[channel] = own.GetValueOrDefault(channel) + 1;
        return this;
    }

    /// <inheritdoc/>
    public override int CountOf(ChannelGroup group, int channel) => 1 + (copies.TryGetValue(group, out var own) ? own.GetValueOrDefault(channel) : 0);

    /// <summary>What each index of a dimension that reads channels is multiplied with, so that the copies together give what the channel gave.</summary>
    /// <param name="sizeOf">Size of a parameter's dimension.</param>
    internal IReadOnlyDictionary<(string Parameter, int Dimension), double[]> Shares(Func<string, int, long> sizeOf)
    {
        var shares = new Dictionary<(string, int), double[]>();
        foreach (var (group, own) in copies)
        {
            foreach (var member in group.Members.Where(member => member.Role == ChannelRole.Reads))
            {
                if (!shares.TryGetValue((member.Parameter, member.Dimension), out double[]? share))
                    shares[(member.Parameter, member.Dimension)] = share = [.. Enumerable.Repeat(1.0, (int)sizeOf(member.Parameter, member.Dimension))];
                foreach (var (channel, count) in own)
                {
                    foreach (int index in member.Indexes[channel])
                        share[index] = 1.0 / (1 + count);
                }
            }
        }
        return shares;
    }
}

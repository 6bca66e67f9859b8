namespace Frugal.Graphs.Groups;

/// <summary>What becomes of the channels of some groups: <see cref="ChannelRemoval"/> or <see cref="ChannelDuplication"/>.</summary>
public abstract class ChannelChange
{
    /// <summary>Groups that change.</summary>
    public abstract IReadOnlyCollection<ChannelGroup> Groups { get; }

    /// <summary>True when nothing changes.</summary>
    public bool IsEmpty => Groups.Count == 0;

    /// <summary>How often a channel is there afterwards: 1 where it stays as it is.</summary>
    public abstract int CountOf(ChannelGroup group, int channel);

    /// <summary>
    /// For each dimension that changes the old indexes in their new order, by parameter and dimension. The copies of a channel stand behind it, wherever it has neighbouring indexes behind all of
    /// these, so that heads, flattened images and the parts of a joint weight keep their order.
    /// </summary>
    /// <param name="sizeOf">Size of a parameter's dimension.</param>
    internal IReadOnlyDictionary<(string Parameter, int Dimension), long[]> Indexes(Func<string, int, long> sizeOf)
    {
        var orders = new Dictionary<(string, int), IndexOrder>();
        foreach (var group in Groups)
        {
            foreach (var member in group.Members)
            {
                var key = (member.Parameter, member.Dimension);
                if (!orders.TryGetValue(key, out var order))
                    orders[key] = order = new IndexOrder((int)sizeOf(member.Parameter, member.Dimension));
                for (int channel = 0; channel < group.NumChannels; channel++)
                    order.Place(member.Indexes[channel], CountOf(group, channel));
            }
        }
        return orders.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray());
    }
}

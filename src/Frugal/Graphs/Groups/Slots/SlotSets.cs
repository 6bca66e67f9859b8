namespace Frugal.Graphs.Groups.Slots;

/// <summary>
/// Sets of slots, a slot being one index of one dimension of one parameter. Slots that must be removed together are in one set (union-find with path halving).
/// </summary>
internal sealed class SlotSets
{
    private readonly List<int> parents = [];
    private readonly Dictionary<int, string> frozen = [];
    private readonly Dictionary<int, ChannelRole> roles = [];

    /// <summary>New slots, each alone.</summary>
    public int[] Add(long count)
    {
        int first = parents.Count;
        parents.AddRange(Enumerable.Range(first, (int)count));
        return [.. Enumerable.Range(first, (int)count)];
    }

    /// <summary>The slot that stands for the set.</summary>
    public int Find(int slot)
    {
        while (parents[slot] != slot)
            slot = parents[slot] = parents[parents[slot]];
        return slot;
    }

    public bool AreOne(int a, int b) => Find(a) == Find(b);

    public void Unite(int a, int b)
    {
        roles.TryAdd(a, ChannelRole.Carries);
        roles.TryAdd(b, ChannelRole.Carries);
        (a, b) = (Find(a), Find(b));
        if (a == b)
            return;
        parents[b] = a;
        if (frozen.Remove(b, out string? reason))
            frozen.TryAdd(a, reason);
    }

    /// <summary>Nothing of these slots' sets may be removed; the first reason stands.</summary>
    public void Freeze(IEnumerable<int> slots, string reason)
    {
        foreach (int slot in slots)
        {
            roles.TryAdd(slot, ChannelRole.Carries);
            frozen.TryAdd(Find(slot), reason);
        }
    }

    /// <summary>Why the slot's set may not be removed, or null.</summary>
    public string? ReasonOf(int slot) => frozen.GetValueOrDefault(Find(slot));

    /// <summary>Notes what the parameter dimension of these slots does.</summary>
    public void Mark(IEnumerable<int> slots, ChannelRole role)
    {
        foreach (int slot in slots)
            roles[slot] = role;
    }

    /// <summary>What the dimension does with its channels; null where no operator took it for channels, as the sides of a convolution's kernel.</summary>
    public ChannelRole? RoleOf(int slot) => roles.TryGetValue(slot, out var role) ? role : null;
}

using Frugal.Graphs.Groups.Slots;

namespace Frugal.Graphs.Groups;

/// <summary>
/// Channels that an operator handles in equal groups, as grouped convolutions and group norms do. Groups must stay equal, so either whole groups go, or the same places of every
/// group: whichever leaves the finer choice.
/// </summary>
internal static class GroupedChannels
{
    /// <summary>Whether whole groups go, which changes their number; otherwise their number stays and each becomes smaller.</summary>
    public static bool GoWhole(long channels, long groups) => groups >= channels / groups;

    /// <summary>All channels of a group are one, over several axes that are grouped alike.</summary>
    public static void UniteWhole(SlotSets sets, IEnumerable<int[]> axes, int groups)
    {
        var leaders = new int?[groups];
        foreach (var slots in axes)
        {
            for (int i = 0; i < slots.Length; i++)
            {
                int group = i / (slots.Length / groups);
                leaders[group] ??= slots[i];
                sets.Unite(leaders[group]!.Value, slots[i]);
            }
        }
    }

    /// <summary>Channels at the same place of every group are one.</summary>
    public static void UnitePlaces(SlotSets sets, int[] slots, int groups)
    {
        int width = slots.Length / groups;
        for (int i = width; i < slots.Length; i++)
            sets.Unite(slots[i % width], slots[i]);
    }
}

using Frugal.Graphs.Groups.Slots;

namespace Frugal.Graphs.Groups;

/// <summary>
/// Makes groups of the sets of slots. A set is a channel; channels that have as many slots in the same dimensions of the same parameters are of one group.
/// </summary>
internal sealed class GroupBuilder
{
    private readonly SlotSets sets;
    private readonly List<(GraphValue Parameter, int Dimension, int[] Slots)> dimensions = [];
    private readonly Dictionary<int, (ChannelGroup Group, int Channel)> channels = [];

    public GroupBuilder(Graph graph, SlotSets sets, Func<GraphValue, SlotLayout> layoutOf)
    {
        this.sets = sets;
        foreach (var parameter in graph.Parameters)
            dimensions.AddRange(layoutOf(parameter).Blocks.Where(IsOfChannels).Select(block => (parameter, block.Axes[0], block.Slots)));
        var found = Places();
        Groups = [.. found.Keys.GroupBy(root => Signature(root, found[root])).Select(group => Build([.. group], found))];
    }

    public IReadOnlyList<ChannelGroup> Groups { get; }

    /// <summary>The group and channel that a slot belongs to, or null for what is of no parameter.</summary>
    public (ChannelGroup Group, int Channel)? ChannelOf(int slot) => channels.TryGetValue(sets.Find(slot), out var channel) ? channel : null;

    private bool IsOfChannels(SlotBlock block) => block.Slots.Any(slot => sets.RoleOf(slot) is not null);

    /// <summary>For each set where its slots are: indexes by dimension. Sets come in the order of their first slot.</summary>
    private Dictionary<int, SortedDictionary<int, List<int>>> Places()
    {
        var places = new Dictionary<int, SortedDictionary<int, List<int>>>();
        for (int dimension = 0; dimension < dimensions.Count; dimension++)
        {
            var slots = dimensions[dimension].Slots;
            for (int index = 0; index < slots.Length; index++)
            {
                int root = sets.Find(slots[index]);
                if (!places.TryGetValue(root, out var own))
                    places[root] = own = [];
                if (!own.TryGetValue(dimension, out var indexes))
                    own[dimension] = indexes = [];
                indexes.Add(index);
            }
        }
        return places;
    }

    private string Signature(int root, SortedDictionary<int, List<int>> places) =>
        string.Join(' ', places.Select(place => $"{place.Key}x{place.Value.Count}")) + sets.ReasonOf(root);

    private ChannelGroup Build(IReadOnlyList<int> roots, Dictionary<int, SortedDictionary<int, List<int>>> places)
    {
        var members = places[roots[0]].Keys.Select(dimension =>
        {
            var (parameter, axis, slots) = dimensions[dimension];
            var role = sets.RoleOf(slots[places[roots[0]][dimension][0]]) ?? ChannelRole.Carries;
            return new ChannelMember(parameter.Name, axis, role, [.. roots.Select(root => (IReadOnlyList<int>)places[root][dimension])]);
        });
        var group = new ChannelGroup(roots.Count, [.. members], sets.ReasonOf(roots[0]));
        for (int channel = 0; channel < roots.Count; channel++)
            channels[roots[channel]] = (group, channel);
        return group;
    }
}

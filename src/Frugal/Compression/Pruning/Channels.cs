using Frugal.Graphs;
using Frugal.Graphs.Groups;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Pruning;

/// <summary>Channel pruning for people with a training loop of their own; the step <see cref="ChannelPruning"/> calls it.</summary>
public static class Channels
{
    /// <summary>
    /// Removes the least important channels of a network: units of linear layers, filters of convolutions, whole attention heads, each with everything that makes, carries and reads it. The network stays
    /// dense and is smaller and faster at once; train on afterwards.
    /// </summary>
    /// <param name="model">The network, from one tensor to one.</param>
    /// <param name="example">An input, batch first; a batch of two or more.</param>
    /// <param name="budget">How many channels go.</param>
    /// <param name="importance">By what they are judged.</param>
    /// <param name="layers">Which layers; channels take part when all the layers that make them are chosen. Null for all.</param>
    /// <param name="note">Told what becomes of each group of channels, and why some stay whole.</param>
    /// <returns>The groups that lost channels, as they were, with the channels that are gone.</returns>
    /// <exception cref="FrugalException">No channel can be removed, the budget cannot be met, or the network counts on its channels somewhere; the network is as before.</exception>
    public static ChannelRemoval Prune(
        Module<Tensor, Tensor> model, Tensor example, ChannelBudget budget, ChannelImportance importance = ChannelImportance.L1, LayerSelection? layers = null, Action<string>? note = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(budget);
        if (model.modules().OfType<MixtureOfExperts>().Any())
            throw new FrugalException($"{model.GetName()} holds a mixture of experts, and channels are not followed through its routing: prune channels before the mixture is made, or take weights instead");
        var groups = Graph.Capture(model, example).FindChannelGroups();
        var scored = Scored(model, groups, importance, layers ?? LayerSelection.All, note ?? (_ => { }));
        if (scored.Count == 0)
            throw new FrugalException(importance == ChannelImportance.Scale
                ? $"{model.GetName()} has no channels that pass a batch norm and can be removed: judge by l1, or look at include and exclude"
                : $"{model.GetName()} has no channels that can be removed: look at include and exclude, and at the reasons in the notes");
        var removal = Remove(groups, scored, budget, note ?? (_ => { }));
        foreach (var group in removal.Groups)
            note?.Invoke($"{Name(group)} keeps {group.NumChannels - removal.Of(group).Count} of {group.NumChannels}");
        return removal;
    }

    /// <summary>Removes what the budget asks for. Where the network counts on some of its channels, that shows only once they are gone; these stay, and others go.</summary>
    private static ChannelRemoval Remove(ChannelGroups groups, List<ScoredGroup> scored, ChannelBudget budget, Action<string> note)
    {
        while (true)
        {
            var removal = new ChannelChoice(groups, scored, budget).Make();
            if (removal.IsEmpty)
                return removal;
            try
            {
                ChannelSurgery.Remove(groups, removal);
                return removal;
            }
            catch (FrugalException)
            {
                var refusals = removal.Groups
                    .Select(group => (Group: group, Why: ChannelSurgery.Refusal(groups, new ChannelRemoval().Add(group, removal.Of(group)))))
                    .Where(refusal => refusal.Why is not null)
                    .ToList();
                if (refusals.Count == 0 || refusals.Count == scored.Count)
                    throw;
                foreach (var (group, why) in refusals)
                    note($"{Name(group)} keeps all {group.NumChannels}: {why}");
                scored.RemoveAll(entry => refusals.Any(refusal => refusal.Group == entry.Group));
            }
        }
    }

    private static List<ScoredGroup> Scored(Module model, ChannelGroups groups, ChannelImportance importance, LayerSelection layers, Action<string> note)
    {
        var makers = groups.SelectMany(group => group.Layers).Where(path => path.Length > 0).Select(path => ModuleSurgery.Find(model, path)).ToHashSet();
        var chosen = layers.Of<Module>(model, makers.Contains).Select(layer => layer.Path).ToHashSet();
        List<ScoredGroup> scored = [];
        foreach (var group in groups.Where(group => group.Layers.All(chosen.Contains) && group.Members.Any(member => member.Role != ChannelRole.Reads)))
        {
            if (ChannelSurgery.Obstacle(groups, group) is { } obstacle)
                note($"{Name(group)} keeps all {group.NumChannels}: {obstacle}");
            else if (ChannelScores.Of(model, group, importance) is not { } scores)
                note($"{Name(group)} keeps all {group.NumChannels}: they pass no batch norm");
            else
                scored.Add(new ScoredGroup(group, scores));
        }
        return scored;
    }

    private static string Name(ChannelGroup group) => string.Join(", ", group.Layers.Take(3).Select(path => $"'{path}'")) + (group.Layers.Count > 3 ? ", …" : "");
}

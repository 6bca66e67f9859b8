using System.Runtime.InteropServices;
using Frugal.Graphs;
using Frugal.Graphs.Groups;

namespace Frugal.Layers.Surgery;

/// <summary>
/// Removes channels from a model, or copies them: every layer that has others afterwards is built anew with weights of another size, so that the model stays dense. Then the model is captured again and
/// every shape compared with what the groups foretell; if anything differs, e.g. since a forward pass counts on a fixed number of channels, all is put back.
/// </summary>
public static class ChannelSurgery
{
    /// <summary>Why no channel of a group can be removed from the model, or null.</summary>
    public static string? Obstacle(ChannelGroups groups, ChannelGroup group)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(group);
        // A layer that cannot be built anew is the plainer reason: how its insides tie its sizes depends on the kernels that libtorch takes.
        return new ResizableLayers(groups.Graph.Model.Module).Obstacle(group) ?? group.FrozenBecause;
    }

    /// <summary>Removes the channels from the model that the groups were found in. The groups and their graph are of no use any more.</summary>
    /// <exception cref="FrugalException">A layer cannot be built with fewer channels, or the model does not run with what is left; nothing has changed then.</exception>
    public static void Remove(ChannelGroups groups, ChannelRemoval removal) => Change(groups, removal, keeps: true);

    /// <summary>
    /// Copies channels of the model that the groups were found in: it computes what it did, as whoever reads a channel takes a part of each copy. Only a layer norm over copied channels takes its
    /// statistics over the copies too. The groups and their graph are of no use any more.
    /// </summary>
    /// <exception cref="FrugalException">A layer cannot be built with more channels, or the model does not run with them; nothing has changed then.</exception>
    public static void Duplicate(ChannelGroups groups, ChannelDuplication duplication) => Change(groups, duplication, keeps: true);

    /// <summary>Why <see cref="Remove"/> or <see cref="Duplicate"/> would refuse, or null: it is tried, and the model is then as it was.</summary>
    public static string? Refusal(ChannelGroups groups, ChannelChange change)
    {
        try
        {
            Change(groups, change, keeps: false);
            return null;
        }
        catch (FrugalException refusal)
        {
            return refusal.Message;
        }
    }

    private static void Change(ChannelGroups groups, ChannelChange change, bool keeps)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(change);
        var root = groups.Graph.Model.Module;
        var layers = new ResizableLayers(root);
        foreach (var group in change.Groups)
        {
            if (layers.Obstacle(group) is { } obstacle)
                throw new FrugalException($"No channel of {group.Members[0]} can be {(change is ChannelRemoval ? "removed" : "copied")}: {obstacle}");
        }
        using var resizing = new Resizing(root, groups, change, layers);
        RequireForetold(groups, change);
        if (keeps)
            resizing.Keep();
    }

    private static void RequireForetold(ChannelGroups groups, ChannelChange change)
    {
        Graph now;
        try
        {
            now = groups.Graph.CaptureAgain();
        }
        catch (Exception error) when (error is ExternalException or FrugalException or ArgumentException or InvalidOperationException)
        {
            throw new FrugalException($"The model does not run with another number of these channels, since a part of it counts on all of them; exclude its layers. {error.Message}", error);
        }
        var before = groups.Graph.Nodes;
        for (int i = 0; i < Math.Max(before.Count, now.Nodes.Count); i++)
        {
            if (i >= before.Count || i >= now.Nodes.Count || before[i].Operator != now.Nodes[i].Operator)
                throw new FrugalException($"The model computes something else with another number of these channels: {(i < now.Nodes.Count ? now.Nodes[i] : before[i])}; exclude the layers around it");
            foreach (var (was, value) in before[i].Outputs.Zip(now.Nodes[i].Outputs))
            {
                var foretold = groups.ShapeAfter(was, change);
                if (!foretold.SequenceEqual(value.Shape))
                    throw new FrugalException(
                        $"The model computes something else with another number of these channels: {now.Nodes[i]} should give [{string.Join(", ", foretold)}], so its forward pass counts on a fixed number; " +
                        "exclude the layers around it, or let it take its sizes from its input");
            }
        }
    }
}

using System.Runtime.InteropServices;
using Frugal.Graphs;
using Frugal.Graphs.Groups;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Surgery;

/// <summary>
/// Removes channels from a model: every layer that loses some is built anew with smaller weights, so that the model stays dense. Afterwards the model is captured again and every
/// shape compared with what the groups foretell; if anything differs, e.g. since a forward pass counts on a fixed number of channels, all layers are put back.
/// </summary>
public static class ChannelSurgery
{
    /// <summary>Why no channel of a group can be removed from the model, or null.</summary>
    public static string? Obstacle(ChannelGroups groups, ChannelGroup group)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(group);
        return group.FrozenBecause ?? new ResizableLayers(groups.Graph.Model.Module).Obstacle(group);
    }

    /// <summary>Removes the channels from the model that the groups were found in. The groups and their graph are of no use any more.</summary>
    /// <exception cref="FrugalException">A layer cannot be built with fewer channels, or the model does not run with what is left; nothing has changed then.</exception>
    public static void Remove(ChannelGroups groups, ChannelRemoval removal) => Remove(groups, removal, keeps: true);

    /// <summary>Why <see cref="Remove(ChannelGroups, ChannelRemoval)"/> would refuse, or null: it is tried, and the model is then as it was.</summary>
    public static string? Refusal(ChannelGroups groups, ChannelRemoval removal)
    {
        try
        {
            Remove(groups, removal, keeps: false);
            return null;
        }
        catch (FrugalException refusal)
        {
            return refusal.Message;
        }
    }

    private static void Remove(ChannelGroups groups, ChannelRemoval removal, bool keeps)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(removal);
        var root = groups.Graph.Model.Module;
        var layers = new ResizableLayers(root);
        foreach (var group in removal.Groups)
        {
            if (layers.Obstacle(group) is { } obstacle)
                throw new FrugalException($"No channel of {group.Members[0]} can be removed: {obstacle}");
        }
        var made = new List<(string Path, Module Replacement)>();
        try
        {
            made.AddRange(Smaller(groups, removal, layers));
            var old = ModuleSurgery.Exchange(root, made);
            bool isKept = false;
            try
            {
                RequireForetold(groups, removal);
                isKept = keeps;
            }
            finally
            {
                if (!isKept)
                    ModuleSurgery.Exchange(root, old);
            }
            var rest = isKept ? old : made;
            foreach (var (_, module) in rest)
                ModuleSurgery.Free(root, module);
        }
        catch
        {
            made.ForEach(layer => layer.Replacement.Dispose());
            throw;
        }
    }

    private static IEnumerable<(string, Module)> Smaller(ChannelGroups groups, ChannelRemoval removal, ResizableLayers layers)
    {
        var sizes = groups.Graph.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Shape);
        var kept = removal.Kept((parameter, dimension) => sizes[parameter][dimension]);
        return [.. removal.Groups.SelectMany(group => group.Members).Select(member => member.Layer).Distinct().Select(path => (path, layers.Resize(path, kept)))];
    }

    private static void RequireForetold(ChannelGroups groups, ChannelRemoval removal)
    {
        Graph now;
        try
        {
            now = groups.Graph.CaptureAgain();
        }
        catch (Exception error) when (error is ExternalException or FrugalException or ArgumentException or InvalidOperationException)
        {
            throw new FrugalException($"The model does not run without these channels, since a part of it counts on all of them; exclude its layers. {error.Message}", error);
        }
        var before = groups.Graph.Nodes;
        for (int i = 0; i < Math.Max(before.Count, now.Nodes.Count); i++)
        {
            if (i >= before.Count || i >= now.Nodes.Count || before[i].Operator != now.Nodes[i].Operator)
                throw new FrugalException($"The model computes something else without these channels: {(i < now.Nodes.Count ? now.Nodes[i] : before[i])}; exclude the layers around it");
            foreach (var (was, value) in before[i].Outputs.Zip(now.Nodes[i].Outputs))
            {
                var foretold = groups.ShapeAfter(was, removal);
                if (!foretold.SequenceEqual(value.Shape))
                    throw new FrugalException(
                        $"The model computes something else without these channels: {now.Nodes[i]} should give [{string.Join(", ", foretold)}], so its forward pass counts on a fixed number; " +
                        "exclude the layers around it, or let it take its sizes from its input");
            }
        }
    }
}

using Frugal.Graphs;
using Frugal.Graphs.Groups;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Recipes;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Training.Methods.Pruning;

/// <summary>Takes channels out of a network that nothing makes any more.</summary>
internal static class DeadChannels
{
    /// <summary>
    /// Puts plain convolutions and norms back, with zeros where filters are off, and removes every channel that all its makers have off, with whatever carries and reads it. Channels that a layer without
    /// thresholds makes too stay.
    /// </summary>
    public static void Remove(Subject subject, IReadOnlyList<(string Path, ThresholdConv2d Layer)> units)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var off = new Dictionary<string, HashSet<int>>();
        foreach (var (path, layer) in units)
        {
            var mask = layer.Mask().detach();
            off[path] = [.. mask.eq(0).nonzero().flatten().cpu().data<long>().ToArray().Select(channel => (int)channel)];
            layer.Convolution.weight.mul_(mask.view(-1, 1, 1, 1));
            layer.Convolution.bias?.mul_(mask);
            layer.Norm.weight!.mul_(mask);
            layer.Norm.bias!.mul_(mask);
            layer.Norm.running_mean!.mul_(mask);
        }
        ModuleSurgery.ReplaceAll(subject.Model, [.. units.Select(unit => (unit.Path, (Module)nn.Sequential(("conv", unit.Layer.Convolution), ("bn", unit.Layer.Norm))))]);
        var groups = Graph.Capture(subject.Model, subject.Model.Example(2, subject.Device)).FindChannelGroups();
        var removal = new ChannelRemoval();
        foreach (var group in groups.Where(group => ChannelSurgery.Obstacle(groups, group) is null))
        {
            var makers = group.Members.Where(member => member.Role == ChannelRole.Makes).ToList();
            int[] gone = [.. Enumerable.Range(0, group.NumChannels).Where(channel => makers.Count > 0 && makers.All(maker => IsOff(maker, channel)))];
            if (gone.Length < group.NumChannels)
                removal.Add(group, gone);
        }
        if (removal.IsEmpty || ChannelSurgery.Refusal(groups, removal) is { } refusal && Note(refusal))
            return;
        ChannelSurgery.Remove(groups, removal);

        bool IsOff(ChannelMember maker, int channel) =>
            maker.Layer.EndsWith(".conv", StringComparison.Ordinal) && off.TryGetValue(maker.Layer[..^".conv".Length], out var channels) && maker.Indexes[channel].All(channels.Contains);

        bool Note(string why)
        {
            subject.Report(new RunEvent.Note($"lapp: channels that are zero stay in the network: {why}"));
            return true;
        }
    }
}

using Frugal.Graphs;
using Frugal.Graphs.Groups;
using Frugal.Layers.Surgery;
using Frugal.Models;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>Which convolutions read channels that one other convolution alone makes, and that can be removed: no sum ties them to others.</summary>
internal static class SoleProducers
{
    /// <summary>For each of the convolutions that has one, the position of its producer among them.</summary>
    /// <param name="model">The network.</param>
    /// <param name="paths">Paths of the convolutions.</param>
    public static Dictionary<string, int> Of(Model model, IReadOnlyList<string> paths)
    {
        var device = model.parameters().FirstOrDefault()?.device ?? CPU;
        var groups = Graph.Capture(model, model.Example(2, device)).FindChannelGroups();
        var places = paths.Index().ToDictionary(each => each.Item, each => each.Index);
        var producers = new Dictionary<string, int>();
        foreach (var group in groups.Where(group => group.Layers.Count == 1 && ChannelSurgery.Obstacle(groups, group) is null))
        {
            if (!places.TryGetValue(group.Layers[0], out int producer) || !group.Members.Any(member => member.Role == ChannelRole.Makes && member.Layer == paths[producer]))
                continue;
            foreach (string reader in paths.Where(path => group.Members.Any(member => member.Role == ChannelRole.Reads && member.Parameter == $"{path}.weight" && member.Indexes.Count == group.NumChannels)))
                if (((TorchSharp.Modules.Conv2d)ModuleSurgery.Find(model, reader)).in_channels == group.NumChannels)
                    producers[reader] = producer;
        }
        return producers;
    }
}

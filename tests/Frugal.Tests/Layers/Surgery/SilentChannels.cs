using Frugal.Graphs;
using Frugal.Graphs.Groups;
using Frugal.Layers.Surgery;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Layers.Surgery;

/// <summary>Channels that are zero and so can be removed without a change.</summary>
internal static class SilentChannels
{
    /// <summary>Statistics and scales as after training.</summary>
    public static void Disturb(BatchNorm2d norm)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        norm.weight!.copy_(Filled(norm.weight.shape) + 1.5);
        norm.bias!.copy_(Filled(norm.bias!.shape));
        norm.running_mean!.copy_(Filled(norm.running_mean!.shape));
        norm.running_var!.copy_(Filled(norm.running_var!.shape).abs() + 0.5);
    }

    public static Tensor Filled(params long[] shape) => arange(shape.Aggregate(1L, (product, size) => product * size), dtype: float64).mul(12.9898).sin().reshape(shape);

    public static ChannelGroups Groups(Module<Tensor, Tensor> model, Tensor input) => Graph.Capture(model, input).FindChannelGroups();

    public static IEnumerable<ChannelGroup> Free(ChannelGroups groups) => groups.Where(group => group.NumChannels > 1 && ChannelSurgery.Obstacle(groups, group) is null);

    /// <summary>About a third of every group that can lose channels, not in a row.</summary>
    public static ChannelRemoval Third(ChannelGroups groups, Func<ChannelGroup, bool>? takesPart = null) => Free(groups).Where(takesPart ?? (_ => true)).Aggregate(
        new ChannelRemoval(), (removal, group) => removal.Add(group, Enumerable.Range(0, group.NumChannels).Where(channel => channel % 3 == 1)));

    /// <summary>Sets to zero whatever makes or carries the channels.</summary>
    public static void Silence(Module model, ChannelRemoval removal)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var tensors = model.state_dict();
        foreach (var group in removal.Groups)
        {
            foreach (var member in group.Members.Where(member => member.Role != ChannelRole.Reads))
                tensors[member.Parameter].index_fill_(member.Dimension, tensor(removal.Of(group).SelectMany(channel => member.Indexes[channel]).Select(i => (long)i).ToArray()), 0);
        }
    }

    public static double Difference(Tensor a, Tensor b) => (a - b).abs().max().item<double>() / a.abs().max().item<double>();
}

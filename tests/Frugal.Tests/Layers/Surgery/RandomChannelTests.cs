using CsCheck;
using Frugal.Graphs;
using Frugal.Graphs.Groups;
using Frugal.Layers.Surgery;
using Frugal.Tests.Graphs.Groups;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Surgery;

/// <summary>
/// Channels removed from networks put together at random. CsCheck prints the seed of a failure and shrinks the list of blocks to the shortest that still fails.
/// </summary>
public class RandomChannelTests
{
    private static readonly Gen<int[]> networks = Gen.Int[0, RandomNet.Blocks.Count - 1].Array[1, 7];

    [Fact]
    public void Silent_channels_can_go_from_any_network() =>
        // One thread: a process has one libtorch, and the machine few processors. FRUGAL_CASES asks for thousands.
        networks.Sample(
            network => Holds(network),
            iter: int.TryParse(Environment.GetEnvironmentVariable("FRUGAL_CASES"), out var cases) ? cases : 60,
            threads: 1,
            print: network => string.Join(" > ", network.Select(block => RandomNet.Blocks[block].Name)));

    /// <summary>The output is as before, and parameters and multiply-adds are as foretold.</summary>
    private static bool Holds(int[] network)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var model = new RandomNet(network);
        foreach (var norm in model.modules().OfType<BatchNorm2d>())
            SilentChannels.Disturb(norm);
        model.to(float64);
        model.eval();
        var input = SilentChannels.Filled(2, 2, 6, 6);
        var groups = SilentChannels.Groups(model, input);
        var removal = SilentChannels.Third(groups);
        // A shuffle makes two parts, however many channels there are: whoever would take one of the parts whole must be refused.
        if (network.Any(block => RandomNet.Blocks[block].Name == "shuffle"))
            removal = WithoutRefused(groups, removal);
        SilentChannels.Silence(model, removal);
        var before = model.call(input);
        long foretold = groups.MacsAfter(removal);
        ChannelSurgery.Remove(groups, removal);
        return allclose(before, model.call(input), rtol: 1e-9, atol: 1e-12) && Graph.Capture(model, input).Count().Macs == foretold;
    }

    private static ChannelRemoval WithoutRefused(ChannelGroups groups, ChannelRemoval removal) => removal.Groups
        .Select(group => (Group: group, Gone: removal.Of(group)))
        .Where(part => ChannelSurgery.Refusal(groups, new ChannelRemoval().Add(part.Group, part.Gone)) is null)
        .Aggregate(new ChannelRemoval(), (kept, part) => kept.Add(part.Group, part.Gone));
}

using Frugal.Graphs;
using Frugal.Graphs.Groups;
using Frugal.Layers.Surgery;
using Frugal.Models.Vision;
using Frugal.Tests.Graphs.Groups;
using TorchSharp;
using TorchSharp.Modules;
using static Frugal.Tests.Layers.Surgery.SilentChannels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Layers.Surgery;

/// <summary>Copied channels: the network computes what it did, by what the groups say must be copied together.</summary>
public static class ChannelDuplicationTests
{
    public static TheoryData<string> Networks => ["plain", "densely connected", "inverted residuals", "attention with three layers", "grouped", "gated", "one-dimensional", "transposed", "tokens"];

    private static (Module<Tensor, Tensor> Model, Tensor Input) Build(string name)
    {
        new RandomStreams(1).SeedTorch(name);
        var model = Nets.All[name].Build();
        foreach (var norm in model.modules().OfType<BatchNorm2d>())
            Disturb(norm);
        // Statistics over groups of channels count each copy; here only what is linear in the copies can stay exact.
        foreach (var norm in model.modules().OfType<GroupNorm>())
            Assert.NotNull(norm.weight);
        model.to(float64);
        model.eval();
        return (model, Nets.Input(name));
    }

    /// <summary>One copy of every second channel of every group that can change, and two of the first.</summary>
    private static ChannelDuplication Some(ChannelGroups groups) => Free(groups)
        .Where(group => group.NumChannels > 1)
        .Aggregate(new ChannelDuplication(), (change, group) => change.Add(group, [0, .. Enumerable.Range(0, group.NumChannels).Where(channel => channel % 2 == 0)]));

    public class Duplicate
    {
        [Theory]
        [MemberData(nameof(Networks), MemberType = typeof(ChannelDuplicationTests))]
        public void Changes_nothing_and_foretells_the_cost(string name)
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            var (model, input) = Build(name);
            using (model)
            {
                var before = model.call(input);
                var groups = Groups(model, input);
                var change = Some(groups);
                Assert.NotEmpty(change.Groups);
                long foretold = groups.MacsAfter(change);
                ChannelSurgery.Duplicate(groups, change);
                var graph = Graph.Capture(model, input).Count();
                Assert.Equal(foretold, graph.Macs);
                Assert.InRange(Difference(before, model.call(input)), 0, 1e-12);
            }
        }

        [Fact]
        public void Copies_whole_heads_of_a_joint_weight()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var model = new VisionTransformerConfig { EmbedDim = 12, Depth = 1, NumHeads = 3, PatchSize = 4, NumClasses = 5, InChannels = 2, ImageSize = 8 }.Build();
            model.to(float64);
            model.eval();
            var input = Filled(2, 2, 8, 8);
            var before = model.call(input);
            var groups = Groups(model, input);
            var heads = groups.Single(group => group.Members[0].Parameter == "blocks.0.attn.qkv.weight" && group.Members[0].Dimension == 0);
            ChannelSurgery.Duplicate(groups, new ChannelDuplication().Add(heads, [1]));
            Assert.Equal(48, ((Linear)ModuleSurgery.Find(model, "blocks.0.attn.qkv")).out_features);
            Assert.InRange(Difference(before, model.call(input)), 0, 1e-12);
        }

        [Fact]
        public void A_removal_of_the_copies_gives_the_network_back()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var model = Sequential(("first", Linear(4, 6)), ("act", ReLU()), ("last", Linear(6, 2)));
            model.to(float64);
            var input = Filled(3, 4);
            var before = model.call(input);
            var groups = Groups(model, input);
            ChannelSurgery.Duplicate(groups, new ChannelDuplication().Add(groups.Single(group => group.FrozenBecause is null), [2, 2, 5]));
            // 0 1 2 2' 2'' 3 4 5 5': of each copied channel the others go, and what reads it has its share only.
            var wider = Groups(model, input);
            var last = model.get_parameter("last.weight")!;
            last.select(1, 2).mul_(3);
            last.select(1, 7).mul_(2);
            ChannelSurgery.Remove(wider, new ChannelRemoval().Add(wider.Single(group => group.FrozenBecause is null), [3, 4, 8]));
            Assert.InRange(Difference(before, model.call(input)), 0, 1e-12);
        }
    }

    public class Refusals
    {
        [Fact]
        public void A_channel_that_is_not_there_and_a_frozen_group()
        {
            using var scope = NewDisposeScope();
            using var model = Sequential(("first", Linear(4, 6)), ("last", Linear(6, 2)));
            var groups = Groups(model, zeros(2, 4));
            Assert.Contains("no channel 6", Assert.Throws<FrugalException>(() => new ChannelDuplication().Add(groups[0], [6])).Message, StringComparison.Ordinal);
            Assert.Contains("network's input", Assert.Throws<FrugalException>(() => new ChannelDuplication().Add(groups[1], [0])).Message, StringComparison.Ordinal);
        }
    }
}

using Frugal.Graphs;
using Frugal.Graphs.Groups;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Graphs.Groups;

public static class ChannelGroupsTests
{
    private static ChannelGroups Of(string net)
    {
        using var scope = NewDisposeScope();
        var (build, shape) = Nets.All[net];
        using var model = build();
        return Graph.Capture(model, randn(shape)).FindChannelGroups();
    }

    private static ChannelGroups Of(Func<Tensor, Tensor> forward, Module layers, params long[] shape)
    {
        using var scope = NewDisposeScope();
        using var model = layers;
        return Graph.Capture(model, [randn(shape)], inputs => [forward(inputs[0])]).FindChannelGroups();
    }

    private static string[] Free(ChannelGroups groups) => [.. groups.Where(group => group.FrozenBecause is null).Select(group => group.ToString())];

    private static string Reason(ChannelGroups groups, string parameter, int dimension) =>
        groups.Single(group => group.Members.Any(member => member.Parameter == parameter && member.Dimension == dimension)).FrozenBecause ?? "free";

    public class Known
    {
        [Fact]
        public void A_shortcut_a_depthwise_convolution_and_flattening() => Assert.Equal(
            [
                "4 of conv.weight[0..3], conv.bias[0..3], norm.weight[0..3], norm.bias[0..3], depthwise.weight[0..3], fc1.weight[:, 0..35] x9, norm.running_mean[0..3], norm.running_var[0..3]",
                "8 of fc1.weight[0..7], fc1.bias[0..7], fc2.weight[:, 0..7]",
            ],
            Free(Of("plain")));

        [Fact]
        public void Flattening_gives_each_channel_its_places()
        {
            var member = Of("plain")[0].Members.Single(member => member.Parameter == "fc1.weight");
            Assert.Equal(Enumerable.Range(9, 9), member.Indexes[1]);
            Assert.Equal(ChannelRole.Reads, member.Role);
        }

        [Fact]
        public void Roles_tell_who_makes_carries_and_reads() => Assert.Equal(
            ["Makes", "Makes", "Carries", "Carries", "Carries", "Reads", "Carries", "Carries"],
            Of("plain")[0].Members.Select(member => member.Role.ToString()));

        [Fact]
        public void Concatenation_gives_each_part_its_range() => Assert.Equal(
            ["norm3.weight[0..7]", "norm3.weight[8..11]", "norm3.weight[12..15]"],
            Of("densely connected").SelectMany(group => group.Members).Where(member => member.Parameter == "norm3.weight").Select(member => member.ToString()));

        [Fact]
        public void Squeeze_and_excitation_goes_with_what_it_multiplies() => Assert.Equal(
            ["expand.weight", "norm1.weight", "norm1.bias", "depthwise.weight", "norm2.weight", "norm2.bias", "squeeze.weight", "excite.weight", "excite.bias", "project.weight"],
            Of("inverted residuals").Single(group => group.NumChannels == 12).Members.Select(member => member.Parameter).Take(10));

        [Fact]
        public void Grouped_convolutions_lose_whole_groups_or_the_same_places_of_each() => Assert.Equal(
            [
                "8 of conv1.weight[0..15] x2, conv1.bias[0..15] x2, narrow.weight[0..15] x2, narrow.bias[0..15] x2, conv2.weight[:, 0..15] x2, norm.weight[0..15] x2, norm.bias[0..15] x2",
                "8 of conv2.weight[0..15] x2, conv2.bias[0..15] x2, wide.weight[:, 0..7]",
                "4 of wide.weight[0..7] x2, wide.bias[0..7] x2, fc.weight[:, 0..7] x2",
            ],
            Free(Of("grouped")));

        [Fact]
        public void Halves_of_a_split_stay_alike()
        {
            var groups = Of("gated");
            Assert.Equal(["8 of fc1.weight[0..15] x2, fc1.bias[0..15] x2, fc2.weight[:, 0..7]", "6 of fc2.weight[0..11] x2, fc2.bias[0..11] x2, fc3.weight[:, 0..5]"], Free(groups));
            Assert.Equal([3, 11], groups[0].Members[0].Indexes[3]);
        }

        [Fact]
        public void Heads_go_whole_with_their_queries_keys_and_values()
        {
            var heads = Of("attention with three layers")[0];
            Assert.Equal("4 of q.weight[0..11] x3, q.bias[0..11] x3, k.weight[0..11] x3, k.bias[0..11] x3, v.weight[0..11] x3, v.bias[0..11] x3, proj.weight[:, 0..11] x3", heads.ToString());
            Assert.Equal([3, 4, 5], heads.Members[0].Indexes[1]);
        }
    }

    public class Frozen
    {
        [Fact]
        public void The_networks_ends()
        {
            var groups = Of("plain");
            Assert.Contains("network's input", Reason(groups, "conv.weight", 1), StringComparison.Ordinal);
            Assert.Contains("network's output", Reason(groups, "fc2.weight", 0), StringComparison.Ordinal);
        }

        [Fact]
        public void What_reaches_an_operator_that_is_not_known_with_its_name_and_place()
        {
            var (first, last) = (Linear(4, 6), Linear(6, 2));
            var groups = Of(x => last.call(first.call(x).cumsum(1)), Sequential(("first", first), ("last", last)), 3, 4);
            Assert.Contains("not followed through the operator at aten::cumsum in the model's own forward", Reason(groups, "first.weight", 0), StringComparison.Ordinal);
            Assert.Contains("a result of aten::cumsum", Reason(groups, "last.weight", 1), StringComparison.Ordinal);
        }

        [Fact]
        public void What_a_softmax_is_taken_over()
        {
            var (first, last) = (Linear(4, 6), Linear(6, 2));
            Assert.Contains("softmax", Reason(Of(x => last.call(first.call(x).softmax(-1)), Sequential(("first", first), ("last", last)), 3, 4), "first.weight", 0), StringComparison.Ordinal);
        }

        [Fact]
        public void What_is_changed_through_a_view()
        {
            var (first, last) = (Linear(4, 6), Linear(6, 2));
            var groups = Of(
                x =>
                {
                    var hidden = first.call(x);
                    hidden[TensorIndex.Colon, 2].mul_(2);
                    return last.call(hidden);
                },
                Sequential(("first", first), ("last", last)), 3, 4);
            Assert.NotEqual("free", Reason(groups, "first.weight", 0));
            Assert.NotEqual("free", Reason(groups, "last.weight", 1));
        }

        [Fact]
        public void Channels_that_padding_stands_beside_while_the_others_stay_free()
        {
            var (first, second, last) = (Conv2d(2, 4, 1), Conv2d(2, 6, 1), Conv2d(6, 2, 1));
            var groups = Of(
                x => last.call(functional.pad(first.call(x), [0, 0, 0, 0, 1, 1]) + second.call(x)),
                Sequential(("first", first), ("second", second), ("last", last)), 2, 2, 3, 3);
            Assert.Equal(["4 of first.weight[0..3], first.bias[0..3], second.weight[1..4], second.bias[1..4], last.weight[:, 1..4]"], Free(groups));
            Assert.Contains("padding", groups.Single(group => group.Members[0].Indexes[0][0] == 0 && group.Members[0].Parameter == "second.weight" && group.Members[0].Dimension == 0).FrozenBecause, StringComparison.Ordinal);
        }
    }
}

using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Compression.Pruning;
using Frugal.Graphs;
using Frugal.Graphs.Groups;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Tests.Models;
using Frugal.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression.Pruning;

public static class ChannelPruningTests
{
    private static readonly MlpConfig mlp = new() { HiddenSizes = [24, 20] };
    private static readonly ResNetConfig resnet = new() { Depths = [1, 2], Width = 8, Stem = ResNetStem.Cifar, Shortcut = ResNetShortcut.Projection };

    public static TheoryData<string> Models => [.. ModelCases.OfPlainLayers];

    private static Subject Pruned(ModelConfig config, ChannelPruning step, Notes? notes = null)
    {
        var subject = TinySubject.Of(config, observer: notes);
        step.Apply(subject);
        return subject;
    }

    private static long Width(Model model, string path) => ModuleSurgery.Find(model, path) switch
    {
        Linear linear => linear.out_features,
        Conv2d convolution => convolution.out_channels,
        var other => throw new ArgumentException(other.GetName()),
    };

    private static void Fill(Model model, string parameter, params float[] values)
    {
        using var mode = no_grad();
        using var rows = tensor(values);
        var weight = model.get_parameter(parameter)!;
        weight.copy_(rows.reshape([values.Length, .. Enumerable.Repeat(1L, (int)weight.dim() - 1)]).expand(weight.shape));
    }

    private static float[] Row(Model model, string parameter) => [.. model.get_parameter(parameter)!.detach().flatten(1).select(1, 0).contiguous().data<float>()];

    public class Ratio
    {
        [Theory]
        [InlineData(0.25, 18, 15)]
        [InlineData(0.5, 12, 10)]
        [InlineData(0.99, 1, 1)]
        [InlineData(0, 24, 20)]
        public void Of_every_group_goes(double ratio, long first, long second)
        {
            using var subject = Pruned(mlp, new ChannelPruning { Ratio = ratio });
            Assert.Equal((first, second, 4L), (Width(subject.Model, "layers.fc1"), Width(subject.Model, "layers.fc2"), Width(subject.Model, "head")));
        }

        [Fact]
        public void Is_a_half_when_nothing_is_said() => Assert.Equal(12, Width(Pruned(mlp, new ChannelPruning()).Model, "layers.fc1"));

        [Fact]
        public void Of_all_channels_goes_where_they_matter_least()
        {
            using var subject = TinySubject.Of(new MlpConfig { HiddenSizes = [4, 4] });
            // Relative to the mean of their layer the first layer's channels are 0.04, 0.04, 1.96, 1.96, and the second's all alike.
            Fill(subject.Model, "layers.fc1.weight", 0.01f, 0.01f, 0.5f, 0.5f);
            Fill(subject.Model, "layers.fc2.weight", 1, 1, 1, 1);
            Fill(subject.Model, "head.weight", 1, 1, 1, 1);
            new ChannelPruning { Ratio = 0.25, Allocation = ChannelAllocation.Global }.Apply(subject);
            Assert.Equal((2L, 4L), (Width(subject.Model, "layers.fc1"), Width(subject.Model, "layers.fc2")));
            Assert.Equal([0.5f, 0.5f], Row(subject.Model, "layers.fc1.weight"));
        }

        [Fact]
        public void Of_all_channels_leaves_one_in_every_group()
        {
            using var subject = Pruned(mlp, new ChannelPruning { Ratio = 0.97, Allocation = ChannelAllocation.Global });
            Assert.Equal(2, Width(subject.Model, "layers.fc1") + Width(subject.Model, "layers.fc2"));
        }
    }

    public class KeepMacs
    {
        [Theory]
        [InlineData(ChannelAllocation.Uniform, 0.5)]
        [InlineData(ChannelAllocation.Uniform, 0.2)]
        [InlineData(ChannelAllocation.Global, 0.5)]
        [InlineData(ChannelAllocation.Global, 0.3)]
        public void Is_met_and_not_by_far(ChannelAllocation allocation, double share)
        {
            using var subject = TinySubject.Of(resnet);
            var before = ModelMeasure.Of(subject.Model, subject.Data.Info);
            new ChannelPruning { KeepMacs = share, Allocation = allocation }.Apply(subject);
            var after = ModelMeasure.Of(subject.Model, subject.Data.Info);
            Assert.InRange((double)after.Macs!.Value / before.Macs!.Value, 0.8 * share, share);
            Assert.True(after.Parameters < before.Parameters && after.Bytes < before.Bytes);
        }

        [Fact]
        public void All_of_them_changes_nothing()
        {
            using var subject = TinySubject.Of(resnet);
            byte[] before = TinySubject.Bytes(subject);
            new ChannelPruning { KeepMacs = 1 }.Apply(subject);
            Assert.Equal(before, TinySubject.Bytes(subject));
        }

        [Fact]
        public void Out_of_reach_is_refused_and_changes_nothing()
        {
            using var subject = TinySubject.Of(mlp);
            byte[] before = TinySubject.Bytes(subject);
            var error = Assert.Throws<FrugalException>(() => new ChannelPruning { KeepMacs = 0.01 }.Apply(subject));
            Assert.Contains("0.01 of the multiply-adds cannot be reached", error.Message, StringComparison.Ordinal);
            Assert.Equal(before, TinySubject.Bytes(subject));
        }
    }

    public class Importance
    {
        [Fact]
        public void L1_takes_the_smallest_weights()
        {
            using var subject = TinySubject.Of(new MlpConfig { HiddenSizes = [4] });
            Fill(subject.Model, "layers.fc1.weight", 4, -1, 2, -3);
            Fill(subject.Model, "head.weight", 1, 1, 1, 1);
            new ChannelPruning { Ratio = 0.5 }.Apply(subject);
            Assert.Equal([4f, -3f], Row(subject.Model, "layers.fc1.weight"));
        }

        [Fact]
        public void L1_counts_what_reads_the_channels_as_well()
        {
            using var subject = TinySubject.Of(new MlpConfig { HiddenSizes = [2] });
            Fill(subject.Model, "layers.fc1.weight", 1.1f, 1);
            using (var mode = no_grad())
            using (var columns = tensor(new[] { 0.1f, 1f }))
                subject.Model.get_parameter("head.weight")!.copy_(columns.expand(4, 2));
            new ChannelPruning { Ratio = 0.5 }.Apply(subject);
            Assert.Equal([1f], Row(subject.Model, "layers.fc1.weight"));
        }

        [Fact]
        public void Scale_takes_the_smallest_of_the_batch_norm()
        {
            using var subject = TinySubject.Of(new ConvNetConfig { Channels = [4] });
            Fill(subject.Model, "stages.bn1.weight", 0.5f, -2, 0.1f, 1);
            new ChannelPruning { Ratio = 0.5, Importance = ChannelImportance.Scale }.Apply(subject);
            Assert.Equal([-2f, 1f], subject.Model.get_parameter("stages.bn1.weight")!.detach().data<float>().ToArray());
        }

        [Fact]
        public void Scale_needs_a_batch_norm()
        {
            using var subject = TinySubject.Of(mlp);
            Assert.Contains("batch norm", Assert.Throws<FrugalException>(() => new ChannelPruning { Importance = ChannelImportance.Scale }.Apply(subject)).Message, StringComparison.Ordinal);
        }

        [Fact]
        public void Channels_that_are_zero_go_first_and_nothing_changes()
        {
            using var scope = NewDisposeScope();
            using var subject = TinySubject.Of(new MlpConfig { HiddenSizes = [6] });
            using (no_grad())
            {
                subject.Model.get_parameter("layers.fc1.weight")![TensorIndex.Slice(1, 4)].zero_();
                subject.Model.get_parameter("layers.fc1.bias")![TensorIndex.Slice(1, 4)].zero_();
                subject.Model.get_parameter("head.weight")![TensorIndex.Colon, TensorIndex.Slice(1, 4)].zero_();
            }
            var input = ones([2, .. subject.Model.InputShape]);
            subject.Model.eval();
            var before = subject.Model.call(input);
            new ChannelPruning { Ratio = 0.5 }.Apply(subject);
            Assert.True(allclose(before, subject.Model.call(input), rtol: 1e-5, atol: 1e-6));
        }
    }

    public class Options
    {
        [Theory]
        [InlineData(8, 0.5, 16, 8)]
        [InlineData(16, 0.5, 16, 16)]
        [InlineData(5, 0.3, 15, 15)]
        public void Round_to_leaves_multiples(int multiple, double ratio, long first, long second)
        {
            using var subject = Pruned(mlp, new ChannelPruning { Ratio = ratio, RoundTo = multiple });
            Assert.Equal((first, second), (Width(subject.Model, "layers.fc1"), Width(subject.Model, "layers.fc2")));
        }

        [Fact]
        public void A_group_smaller_than_the_multiple_stays_whole() =>
            Assert.Equal(24, Width(Pruned(mlp, new ChannelPruning { Ratio = 0.5, RoundTo = 32 }).Model, "layers.fc1"));

        [Fact]
        public void Patterns_choose_by_the_layers_that_make_the_channels()
        {
            using var subject = Pruned(mlp, new ChannelPruning { Include = ["*fc?"], Exclude = ["layers.fc2"] });
            Assert.Equal((12L, 20L), (Width(subject.Model, "layers.fc1"), Width(subject.Model, "layers.fc2")));
        }

        [Fact]
        public void A_shared_group_takes_part_when_all_its_layers_are_chosen()
        {
            using var inner = Pruned(resnet, new ChannelPruning { Include = ["layer*.conv1"] });
            Assert.Equal((4L, 8L, 8L), (Width(inner.Model, "layer1.0.conv1"), Width(inner.Model, "layer1.0.conv2"), Width(inner.Model, "conv1")));
        }

        [Fact]
        public void What_stays_whole_is_told_with_the_reason()
        {
            var notes = new Notes();
            using var subject = Pruned(new VisionTransformerConfig { EmbedDim = 12, NumHeads = 3, Depth = 1, PatchSize = 3 }, new ChannelPruning(), notes);
            Assert.Contains(notes.Texts, text => text.Contains("'patch_embed.proj', 'blocks.0.attn.proj', 'blocks.0.mlp.fc2' keeps 6 of 12", StringComparison.Ordinal));
            Assert.Contains("channel-pruning: 'blocks.0.attn.qkv' keeps 1 of 3", notes.Texts);
            Assert.Contains("channel-pruning: 'blocks.0.mlp.fc1' keeps 24 of 48", notes.Texts);
            Assert.Contains(notes.Texts, text => text.Contains("'head' keeps all 4: it is the network's output", StringComparison.Ordinal));
        }

        [Fact]
        public void Values_out_of_range_are_refused_by_name()
        {
            Assert.Equal("Ratio", Assert.Throws<ArgumentOutOfRangeException>(() => new ChannelPruning { Ratio = 1 }).ParamName);
            Assert.Equal("KeepMacs", Assert.Throws<ArgumentOutOfRangeException>(() => new ChannelPruning { KeepMacs = 0 }).ParamName);
            Assert.Equal("RoundTo", Assert.Throws<ArgumentOutOfRangeException>(() => new ChannelPruning { RoundTo = 0 }).ParamName);
        }

        [Fact]
        public void Ratio_and_multiply_adds_exclude_each_other() => Assert.Contains(
            "set one", Assert.Throws<FrugalException>(() => Pruned(mlp, new ChannelPruning { Ratio = 0.5, KeepMacs = 0.5 })).Message, StringComparison.Ordinal);

        [Fact]
        public void A_mixture_of_experts_is_refused() => Assert.Contains(
            "mixture of experts", Assert.Throws<FrugalException>(() => Pruned(new WideNetConfig { EmbedDim = 12, NumHeads = 3, Depth = 1, PatchSize = 3, HiddenDim = 8 }, new ChannelPruning())).Message, StringComparison.Ordinal);

        [Fact]
        public void A_choice_that_leaves_nothing_is_refused() => Assert.Contains(
            "no channels that can be removed", Assert.Throws<FrugalException>(() => Pruned(mlp, new ChannelPruning { Include = ["head"] })).Message, StringComparison.Ordinal);

        [Fact]
        public void A_pattern_without_a_match_is_refused() => Assert.Contains(
            "did you mean", Assert.Throws<FrugalException>(() => Pruned(mlp, new ChannelPruning { Include = ["layers.fc3"] })).Message, StringComparison.Ordinal);

        [Fact]
        public void Are_written_in_a_recipe_as_in_code()
        {
            var step = (ChannelPruning)new Binder().Bind<Step>(YamlReader.Parse("channel-pruning: { keep-macs: 0.4, importance: scale, allocation: global, round-to: 8, exclude: [ fc ] }", "test"));
            Assert.Equal((0.4, ChannelImportance.Scale, ChannelAllocation.Global, 8), (step.KeepMacs, step.Importance, step.Allocation, step.RoundTo));
            Assert.Equal(0.3, ((ChannelPruning)new Binder().Bind<Step>(YamlReader.Parse("channel-pruning: 0.3", "test"))).Ratio);
        }
    }

    [Theory]
    [MemberData(nameof(Models), MemberType = typeof(ChannelPruningTests))]
    public static void Every_architecture_becomes_smaller_trains_on_and_is_saved(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var config = ModelCases.Small[name] with { NumClasses = null, InChannels = null, ImageSize = null };
        using var subject = TinySubject.Of(config is VisionTransformerConfig vit ? vit with { PatchSize = 3 } : config);
        var before = ModelMeasure.Of(subject.Model, subject.Data.Info);
        new ChannelPruning { Ratio = 0.4 }.Apply(subject);
        new Train { Updates = 2, BatchSize = 16 }.Apply(subject);
        var after = ModelMeasure.Of(subject.Model, subject.Data.Info);
        Assert.True(after.Parameters < before.Parameters && after.Macs < before.Macs && after.Bytes < before.Bytes);
        ModelFolder.Save(subject.Model, folder.Path);
        using var again = ModelFolder.Load(folder.Path);
        var input = ones([2, .. subject.Model.InputShape]);
        subject.Model.eval();
        again.eval();
        Assert.Equal(subject.Model.call(input).data<float>().ToArray(), again.call(input).data<float>().ToArray());
    }

    [Fact]
    public static void Own_loops_call_it_on_any_network()
    {
        using var scope = NewDisposeScope();
        using var net = new Graphs.Groups.Nets.InvertedResiduals();
        var input = randn(2, 3, 8, 8);
        var removal = Channels.Prune(net, input, ChannelBudget.Remove(0.5));
        Assert.Equal([3, 6, 2], removal.Groups.Select(group => removal.Of(group).Count));
        Assert.Equal([2L, 5L], net.call(input).shape);
    }

    [Fact]
    public static void Heads_that_a_forward_pass_counts_on_stay_with_the_reason_while_others_go()
    {
        using var scope = NewDisposeScope();
        using var net = new Layers.Surgery.FixedHeads();
        List<string> notes = [];
        var removal = Channels.Prune(net, randn(2, 3, 8), ChannelBudget.Remove(0.5), note: notes.Add);
        Assert.Equal("proj.weight", Assert.Single(removal.Groups).Members[0].Parameter);
        Assert.Contains(notes, text => text.StartsWith("'qkv' keeps all 4: The model computes something else", StringComparison.Ordinal));
        Assert.Equal([2L, 3L, 3L], net.call(randn(2, 3, 8)).shape);
    }
}

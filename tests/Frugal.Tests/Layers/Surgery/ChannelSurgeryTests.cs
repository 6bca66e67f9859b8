using Frugal.Graphs;
using Frugal.Graphs.Groups;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Tests.Graphs.Groups;
using Frugal.Tests.Models;
using TorchSharp;
using TorchSharp.Modules;
using static Frugal.Tests.Layers.Surgery.SilentChannels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Layers.Surgery;

public static class ChannelSurgeryTests
{
    private static readonly ModelConfig vit = new VisionTransformerConfig { EmbedDim = 12, Depth = 2, NumHeads = 3, PatchSize = 4, NumClasses = 5, InChannels = 2, ImageSize = 8 };

    public static TheoryData<string> Networks => [.. Nets.All.Keys.Except(["one-dimensional", "transposed", "tokens"]), .. ModelCases.OfPlainLayers];

    /// <summary>A network with the weights that training starts from, in double precision, where sums in another order differ by next to nothing, with an input.</summary>
    private static (Module<Tensor, Tensor> Model, Tensor Input) Build(string name)
    {
        new RandomStreams(1).SeedTorch(name);
        Module<Tensor, Tensor> model = ModelCases.Small.TryGetValue(name, out var config) ? config.Build() : Nets.All[name].Build();
        long[] shape = model is Model own ? [2, .. own.InputShape] : Nets.All[name].Input;
        foreach (var norm in model.modules().OfType<BatchNorm2d>())
            Disturb(norm);
        model.to(float64);
        model.eval();
        return (model, Filled(shape));
    }

    /// <summary>A layer norm takes its statistics over silent channels too, and over fewer once they are gone (see <see cref="ResidualStreamTests"/>).</summary>
    private static bool PassesLayerNorm(Module model, ChannelGroup group) =>
        group.Members.Any(member => member.Layer.Length > 0 && ModuleSurgery.Find(model, member.Layer) is LayerNorm);

    private static float[] Outputs(Module<Tensor, Tensor> model, Tensor input)
    {
        model.eval();
        return [.. model.call(input).data<float>()];
    }

    public class Remove
    {
        [Theory]
        [MemberData(nameof(Networks), MemberType = typeof(ChannelSurgeryTests))]
        public void Of_channels_that_are_zero_changes_nothing(string name)
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            var (model, input) = Build(name);
            using (model)
            {
                var groups = Groups(model, input);
                var removal = Third(groups, group => !PassesLayerNorm(model, group));
                Assert.NotEmpty(removal.Groups);
                Silence(model, removal);
                var before = model.call(input);
                ChannelSurgery.Remove(groups, removal);
                Assert.InRange(Difference(before, model.call(input)), 0, 1e-12);
            }
        }

        [Theory]
        [MemberData(nameof(Networks), MemberType = typeof(ChannelSurgeryTests))]
        public void Leaves_the_number_of_parameters_and_multiply_adds_foretold(string name)
        {
            using var scope = NewDisposeScope();
            var (model, input) = Build(name);
            using (model)
            {
                var graph = Graph.Capture(model, input);
                var groups = graph.FindChannelGroups();
                var removal = Third(groups);
                var before = graph.Count();
                long foretold = groups.MacsAfter(removal);
                ChannelSurgery.Remove(groups, removal);
                var after = Graph.Capture(model, input).Count();
                Assert.Equal(foretold, after.Macs);
                Assert.True(after.Macs < before.Macs && after.Parameters < before.Parameters);
                Assert.Equal(before.Macs, groups.MacsAfter(new ChannelRemoval()));
            }
        }

        [Theory]
        [MemberData(nameof(Networks), MemberType = typeof(ChannelSurgeryTests))]
        public void Leaves_groups_from_which_more_can_go(string name)
        {
            using var scope = NewDisposeScope();
            var (model, input) = Build(name);
            using (model)
            {
                for (int round = 0; round < 2; round++)
                {
                    var groups = Groups(model, input);
                    ChannelSurgery.Remove(groups, Third(groups));
                }
                Assert.Equal(2, model.call(input).shape[0]);
            }
        }

        [Theory]
        [InlineData("vit")]
        [InlineData("resnet with bottlenecks")]
        [InlineData("resnet for cifar")]
        [InlineData("mlp")]
        public void Gives_a_model_that_trains_is_saved_and_loaded_and_exported(string name)
        {
            using var scope = NewDisposeScope();
            using var folder = new TemporaryFolder();
            using var model = ModelCases.Small[name].Build();
            var input = Filled([4, .. model.InputShape]).to(float32);
            var groups = Groups(model, input);
            ChannelSurgery.Remove(groups, Third(groups));

            model.train();
            var optimizer = optim.SGD(model.parameters(), 0.05);
            var untrained = functional.cross_entropy(model.call(input), tensor(new long[] { 0, 1, 2, 3 }));
            untrained.backward();
            Assert.All(model.parameters(), parameter => Assert.NotNull(parameter.grad));
            optimizer.step();

            ModelFolder.Save(model, folder.Path);
            using var loaded = ModelFolder.Load(folder.Path);
            Assert.Equal(Outputs(model, input), Outputs(loaded, input));
            Assert.InRange(Exported.Model(loaded, input).MaxRelative, 0, 1e-4);
        }

        [Fact]
        public void Leaves_a_classifier_that_can_be_reset_before_and_after_loading()
        {
            using var scope = NewDisposeScope();
            using var folder = new TemporaryFolder();
            using var model = ModelCases.Small["resnet with bottlenecks"].Build();
            var input = Filled([2, .. model.InputShape]).to(float32);
            var groups = Groups(model, input);
            ChannelSurgery.Remove(groups, Third(groups));
            ModelFolder.Save(model, folder.Path);
            var other = ModelFolder.LoadWhatFits(folder.Path, numClasses: 7);
            using (other.Model)
                Assert.Equal([2L, 7L], other.Model.call(input).shape);

            model.ResetClassifier(3);
            ModelFolder.Save(model, folder.Path);
            using var loaded = ModelFolder.Load(folder.Path);
            Assert.Equal(Outputs(model, input), Outputs(loaded, input));
        }

        [Fact]
        public void Takes_whole_heads()
        {
            using var scope = NewDisposeScope();
            using var model = vit.Build();
            var groups = Groups(model, zeros(2, 2, 8, 8));
            var heads = groups.Single(group => group.Members[0].Parameter == "blocks.0.attn.qkv.weight");
            Assert.Equal(3, heads.NumChannels);
            // A head is four wide: its queries, keys and values, each 12 apart.
            Assert.Equal([4, 5, 6, 7, 16, 17, 18, 19, 28, 29, 30, 31], heads.Members[0].Indexes[1]);
            ChannelSurgery.Remove(groups, new ChannelRemoval().Add(heads, [1]));
            var (qkv, proj) = ((Linear)ModuleSurgery.Find(model, "blocks.0.attn.qkv"), (Linear)ModuleSurgery.Find(model, "blocks.0.attn.proj"));
            Assert.Equal((24L, 12L, 8L, 12L), (qkv.out_features, qkv.in_features, proj.in_features, proj.out_features));
        }

        [Fact]
        public void Keeps_what_is_frozen_for_training_and_the_training_mode()
        {
            using var scope = NewDisposeScope();
            using var model = ModelCases.Small["convnet"].Build();
            model.train();
            model.get_parameter("stages.conv2.weight")!.requires_grad = false;
            var groups = Groups(model, zeros(2, 2, 8, 8));
            ChannelSurgery.Remove(groups, Third(groups));
            Assert.False(model.get_parameter("stages.conv2.weight")!.requires_grad);
            Assert.True(model.get_parameter("stages.conv1.weight")!.requires_grad);
            Assert.True(((Module)ModuleSurgery.Find(model, "stages.bn1")).training);
        }
    }

    public class Refusals
    {
        [Fact]
        public void A_forward_pass_that_counts_on_a_number_is_named_and_the_model_is_as_before()
        {
            using var scope = NewDisposeScope();
            using var model = new FixedHeads();
            var input = Filled(2, 3, 8).to(float32);
            var before = Outputs(model, input);
            var groups = Groups(model, input);
            var heads = groups.Single(group => group.Members[0].Parameter == "qkv.weight" && group.Members[0].Dimension == 0);
            var error = Assert.Throws<FrugalException>(() => ChannelSurgery.Remove(groups, new ChannelRemoval().Add(heads, [0, 2])));
            Assert.Contains("aten::view", error.Message, StringComparison.Ordinal);
            Assert.Contains("[2, 3, 3, 2, 2]", error.Message, StringComparison.Ordinal);
            Assert.Equal(before, Outputs(model, input));
            // One head gone: what is left does not divide by four, so that it does not run.
            Assert.Contains("does not run", Assert.Throws<FrugalException>(() => ChannelSurgery.Remove(groups, new ChannelRemoval().Add(heads, [0]))).Message, StringComparison.Ordinal);
            Assert.Equal(before, Outputs(model, input));
        }

        [Fact]
        public void A_removal_is_checked()
        {
            using var scope = NewDisposeScope();
            using var model = ModelCases.Small["mlp"].Build();
            var groups = Groups(model, zeros(2, 2, 8, 8));
            var (hidden, input) = (groups[0], groups[1]);
            Assert.Contains("leave at least one", Assert.Throws<FrugalException>(() => new ChannelRemoval().Add(hidden, Enumerable.Range(0, 12))).Message, StringComparison.Ordinal);
            Assert.Contains("no channel 12", Assert.Throws<FrugalException>(() => new ChannelRemoval().Add(hidden, [12])).Message, StringComparison.Ordinal);
            Assert.Contains("network's input", Assert.Throws<FrugalException>(() => new ChannelRemoval().Add(input, [0])).Message, StringComparison.Ordinal);
        }
    }
}

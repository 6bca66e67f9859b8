using Frugal.Graphs;
using Frugal.Graphs.Groups;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Tests.Graphs.Groups;
using TorchSharp;
using TorchSharp.Modules;
using static Frugal.Tests.Layers.Surgery.SilentChannels;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Layers.Surgery;

/// <summary>Channels of what is not a layer alone: parameters of the network itself, weights that are shared, low-rank layers.</summary>
public class ResidualStreamTests
{
    private static readonly VisionTransformerConfig vit = new() { EmbedDim = 12, Depth = 2, NumHeads = 3, PatchSize = 4, NumClasses = 5, InChannels = 2, ImageSize = 8 };

    private static ChannelGroup Stream(ChannelGroups groups) => groups.Single(group => group.Members.Any(member => member is { Parameter: "pos_embed", Dimension: 2 }));

    private static float[] Outputs(Module<Tensor, Tensor> model, Tensor input)
    {
        using var mode = no_grad();
        model.eval();
        return [.. model.call(input).data<float>()];
    }

    [Fact]
    public void The_embedding_width_goes_with_class_token_and_positions()
    {
        using var scope = NewDisposeScope();
        using var model = vit.Build();
        var stream = Stream(Groups(model, zeros(2, 2, 8, 8)));
        Assert.Equal(12, stream.NumChannels);
        Assert.Superset(
            new HashSet<string> { "cls_token", "pos_embed", "patch_embed.proj.weight", "blocks.0.norm1.weight", "blocks.1.mlp.fc2.weight", "norm.weight", "head.weight" },
            stream.Members.Select(member => member.Parameter).ToHashSet());
    }

    [Fact]
    public void A_narrower_stream_computes_what_one_computes_whose_other_channels_are_left_out_of_the_norms()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var masked = vit.Build();
        using var model = vit.Build();
        foreach (var (name, tensor) in masked.state_dict())
            tensor.copy_(Filled(tensor.shape).mul(0.4).add(name.Contains("norm", StringComparison.Ordinal) ? 1 : 0).roll(name.Length));
        model.load_state_dict(masked.state_dict());
        masked.to(float64);
        model.to(float64);
        long[] gone = [1, 4, 5, 11], kept = [0, 2, 3, 6, 7, 8, 9, 10];
        var groups = Groups(model, zeros(2, 2, 8, 8, dtype: float64));
        var removal = new ChannelRemoval().Add(Stream(groups), gone.Select(channel => (int)channel));
        Silence(masked, removal);
        foreach (string path in masked.named_modules().Where(module => module.module is LayerNorm).Select(module => module.name).ToList())
        {
            var norm = (LayerNorm)ModuleSurgery.Find(masked, path);
            ModuleSurgery.Replace(masked, path, new NormOfSome(kept, 12, norm));
        }
        var input = Filled(2, 2, 8, 8);
        masked.eval();
        model.eval();
        ChannelSurgery.Remove(groups, removal);
        Assert.Equal([1L, 5L, 8L], model.get_parameter("pos_embed")!.shape);
        Assert.InRange(Difference(masked.call(input), model.call(input)), 0, 1e-12);
    }

    [Fact]
    public void A_narrower_stream_trains_is_saved_and_loaded_and_exported()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = vit.Build();
        var input = Filled(4, 2, 8, 8).to(float32);
        var groups = Groups(model, input);
        ChannelSurgery.Remove(groups, new ChannelRemoval().Add(Stream(groups), [0, 3, 7]));
        model.train();
        functional.cross_entropy(model.call(input), tensor(new long[] { 0, 1, 2, 3 })).backward();
        Assert.Equal([1L, 1L, 9L], model.get_parameter("cls_token")!.grad!.shape);
        optim.SGD(model.parameters(), 0.05).step();
        ModelFolder.Save(model, folder.Path);
        using var loaded = ModelFolder.Load(folder.Path);
        Assert.Equal(Outputs(model, input), Outputs(loaded, input));
        Assert.Equal([1L, 5L, 9L], loaded.get_parameter("pos_embed")!.shape);
    }

    [Fact]
    public void Sizes_in_a_configuration_that_the_weights_do_not_have_are_refused()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = vit.Build();
        var groups = Groups(model, zeros(2, 2, 8, 8));
        ChannelSurgery.Remove(groups, new ChannelRemoval().Add(Stream(groups), [0, 3, 7]));
        ModelFolder.Save(model, folder.Path);
        string config = folder.File("config.json"), text = File.ReadAllText(config);
        File.WriteAllText(config, text.Replace("\"cls_token\"", "\"cls_tokn\"", StringComparison.Ordinal));
        Assert.Contains("cls_tokn", Assert.Throws<FrugalException>(() => ModelFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(config, System.Text.RegularExpressions.Regex.Replace(text, "\"2\": 9", "\"2\": 1000000"));
        Assert.Contains("contradict", Assert.Throws<FrugalException>(() => ModelFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_removal_that_cannot_be_puts_the_networks_own_parameters_back()
    {
        using var scope = NewDisposeScope();
        using var model = vit.Build();
        var input = Filled(2, 2, 8, 8).to(float32);
        float[] before = Outputs(model, input);
        var groups = Groups(model, input);
        Assert.Null(ChannelSurgery.Refusal(groups, new ChannelRemoval().Add(Stream(groups), [0, 3, 7])));
        Assert.Equal(before, Outputs(model, input));
        Assert.Equal([1L, 5L, 12L], model.get_parameter("pos_embed")!.shape);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_weight_that_two_layers_share_goes_once_and_stays_shared(bool isOneLayer)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var (shared, again) = (Linear(6, 6), Linear(6, 6));
        using var model = Sequential(("first", Linear(4, 6)), ("one", shared), ("act", ReLU()), ("two", isOneLayer ? shared : again), ("last", Linear(6, 2)));
        // TorchSharp's conversion of one layer frees the weight that the other one has, so it comes first.
        model.to(float64);
        if (!isOneLayer)
        {
            again.weight = shared.weight;
            again.bias = shared.bias;
        }
        var input = Filled(3, 4);
        var groups = Groups(model, input);
        var free = Free(groups).Single();
        var removal = new ChannelRemoval().Add(free, [1, 4]);
        Silence(model, removal);
        var before = model.call(input);
        ChannelSurgery.Remove(groups, removal);
        Assert.InRange(Difference(before, model.call(input)), 0, 1e-12);
        var (one, two) = ((Linear)ModuleSurgery.Find(model, "one"), (Linear)ModuleSurgery.Find(model, "two"));
        Assert.Equal([4L, 4L], one.weight.shape);
        one.weight.zero_();
        Assert.Equal(0, two.weight.abs().max().item<double>());
    }

    [Fact]
    public void Low_rank_layers_lose_inputs_outputs_and_ranks()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var model = Sequential(
            ("conv", LowRankConv2d.Of(Conv2d(3, 6, 3, padding: 1), 4)), ("act", ReLU()), ("pool", AdaptiveAvgPool2d(1)), ("flat", Flatten()), ("fc", LowRankLinear.Of(Linear(6, 8), 3)), ("act2", ReLU()), ("last", Linear(8, 2)));
        model.to(float64);
        var input = Filled(2, 3, 5, 5);
        var groups = Groups(model, input);
        var removal = Third(groups);
        Assert.Equal(4, removal.Groups.Count);
        Silence(model, removal);
        var before = model.call(input);
        ChannelSurgery.Remove(groups, removal);
        Assert.InRange(Difference(before, model.call(input)), 0, 1e-12);
        var layer = (LowRankLinear)ModuleSurgery.Find(model, "fc");
        Assert.Equal((4L, 5L, 2L), (layer.InFeatures, layer.OutFeatures, layer.Rank));
    }

    [Theory]
    [InlineData("one-dimensional")]
    [InlineData("transposed")]
    [InlineData("tokens")]
    public void Removal_of_channels_that_are_zero_changes_nothing(string name)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var model = Nets.All[name].Build();
        model.to(float64);
        model.eval();
        var input = Nets.Input(name);
        var groups = Groups(model, input);
        var removal = Third(groups);
        Assert.NotEmpty(removal.Groups);
        Silence(model, removal);
        var before = model.call(input);
        ChannelSurgery.Remove(groups, removal);
        Assert.InRange(Difference(before, model.call(input)), 0, 1e-12);
    }

    [Fact]
    public void What_cannot_be_resized_says_why()
    {
        using var scope = NewDisposeScope();
        using var model = Sequential(("first", Linear(6, 8)), ("act", ReLU()), ("monarch", new MonarchLinear(8, 8, 2)), ("act2", ReLU()), ("last", Linear(8, 2)));
        var groups = Groups(model, zeros(2, 6));
        Assert.Contains("MonarchLinear", string.Join('\n', groups.Select(group => ChannelSurgery.Obstacle(groups, group))), StringComparison.Ordinal);
        using var recurrent = new Recurrent();
        var others = Graph.Capture(recurrent, zeros(2, 3, 4)).FindChannelGroups();
        Assert.Contains("'lstm' is a LSTM, which cannot be built with other sizes", string.Join('\n', others.Select(group => ChannelSurgery.Obstacle(others, group))), StringComparison.Ordinal);
    }

    private sealed class Recurrent : Module<Tensor, Tensor>
    {
        private readonly LSTM lstm = LSTM(4, 5, batchFirst: true);
        private readonly Module<Tensor, Tensor> head = Linear(5, 2);

        public Recurrent() : base(nameof(Recurrent)) => RegisterComponents();

        public override Tensor forward(Tensor input) => head.call(lstm.call(input).Item1);
    }

    /// <summary>A layer norm over some of its channels.</summary>
    private sealed class NormOfSome : Module<Tensor, Tensor>
    {
        private readonly long[] kept;
        private readonly long width;
        private readonly double eps;
        private readonly Parameter weight, bias;

        public NormOfSome(long[] kept, long width, LayerNorm norm) : base(nameof(NormOfSome))
        {
            (this.kept, this.width, eps) = (kept, width, norm.eps);
            weight = new Parameter(norm.weight!.detach().clone());
            bias = new Parameter(norm.bias!.detach().clone());
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var places = tensor(kept);
            var normed = functional.layer_norm(input.index_select(-1, places), [kept.Length], weight.index_select(0, places), bias.index_select(0, places), eps);
            return zeros([.. input.shape[..^1], width], input.dtype).index_copy_(-1, places, normed).MoveToOuterDisposeScope();
        }
    }
}

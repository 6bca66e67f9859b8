using Frugal.Graphs;
using Frugal.Interop;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Models.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Models.WideNet;

/// <summary>The invariants of the paper's sheet, of the network for images and the one for texts.</summary>
public sealed class WideNetTests : IDisposable
{
    private static readonly WideNetConfig small = new() { EmbedDim = 12, Depth = 3, NumHeads = 3, PatchSize = 4, HiddenDim = 20, DropRate = 0, NumClasses = 5, InChannels = 2, ImageSize = 8 };

    private static readonly WideNetTextConfig text = new() { VocabularySize = 40, HiddenSize = 12, NumLayers = 3, NumHeads = 3, MaxPositions = 10, EmbeddingSize = 6, IntermediateSize = 20, InitializerRange = 0.2 };

    private readonly DisposeScope scope = NewDisposeScope();

    public WideNetTests() => manual_seed(5).Dispose();

    public void Dispose() => scope.Dispose();

    private static Frugal.Models.Vision.WideNet Build(WideNetConfig config)
    {
        var model = (Frugal.Models.Vision.WideNet)config.Build();
        // The classifier begins with zeros, and norms alike.
        using var mode = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
            if (name.Contains("norm", StringComparison.Ordinal) || name.StartsWith("head", StringComparison.Ordinal))
                parameter.add_(randn_like(parameter) * 0.3);
        model.eval();
        return model;
    }

    private static Tensor Images(int count = 3) => randn([count, 2, 8, 8]);

    private static long Count(Model model) => model.parameters().Sum(parameter => parameter.numel());

    [Theory]
    [InlineData("widenet_forward")]
    [InlineData("widenet_router")]
    public void Agrees_with_the_reference(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "widenet", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    [Fact]
    public void One_expert_is_an_ordinary_block_with_shared_layers()
    {
        var model = Build(small with { Mixture = new() { Experts = 1, TopK = 1, CapacityFactor = null } });
        nn.Module<Tensor, Tensor> Layer(string path) => (nn.Module<Tensor, Tensor>)ModuleSurgery.Find(model, path)!;
        var mixture = (MixtureOfExperts)ModuleSurgery.Find(model, "blocks.mlp")!;
        Tensor x = randn([2, 5, 12]), expected = x;
        for (int block = 0; block < 3; block++)
        {
            expected = expected + Layer("blocks.attn").call(Layer($"blocks.norm1.{block}").call(expected));
            expected = expected + mixture.Experts[0].call(Layer($"blocks.norm2.{block}").call(expected));
        }
        Assert.True(Layer("blocks").call(x).allclose(expected, rtol: 1e-5, atol: 1e-6));
    }

    [Fact]
    public void With_shared_norms_the_blocks_are_one_map_applied_again_and_again()
    {
        Frugal.Models.Vision.WideNet three = Build(small with { SharesNorms = true }), one = Build(small with { SharesNorms = true, Depth = 1 });
        one.load_state_dict(three.state_dict());
        var (whole, single) = ((nn.Module<Tensor, Tensor>)ModuleSurgery.Find(three, "blocks")!, (nn.Module<Tensor, Tensor>)ModuleSurgery.Find(one, "blocks")!);
        var x = randn([2, 5, 12]);
        Assert.True(whole.call(x).equal(single.call(single.call(single.call(x)))).all().item<bool>());
        // Norms that are the blocks' own and happen to be equal make no difference.
        var own = Build(small);
        own.load_state_dict(three.state_dict().SelectMany(pair => pair.Key.StartsWith("blocks.norm", StringComparison.Ordinal)
            ? Enumerable.Range(0, 3).Select(block => (Name: pair.Key.Replace(".0.", $".{block}.", StringComparison.Ordinal), pair.Value)) : [(pair.Key, pair.Value)]).ToDictionary(pair => pair.Item1, pair => pair.Item2));
        Assert.True(((nn.Module<Tensor, Tensor>)ModuleSurgery.Find(own, "blocks")!).call(x).equal(whole.call(x)).all().item<bool>());
    }

    [Fact]
    public void Weights_grow_with_depth_by_the_norms_alone()
    {
        using Model three = small.Build(), twelve = (small with { Depth = 12 }).Build(), texts = text.Build(), deep = (text with { NumLayers = 7 }).Build();
        Assert.Equal(4 * 12 * 9, Count(twelve) - Count(three));
        Assert.Equal(4 * 12 * 4, Count(deep) - Count(texts));
        Assert.Equal(three.state_dict().Count, three.named_parameters().Count());
    }

    [Theory]
    [InlineData(4, 26)]
    [InlineData(8, 45)]
    [InlineData(16, 83)]
    public void Models_for_texts_have_the_published_sizes(int experts, double millions)
    {
        using var model = new WideNetTextConfig { Mixture = new() { Experts = experts } }.Build();
        Assert.Equal(millions, Math.Round(Count(model) / 1e6));
    }

    [Fact]
    public void The_gradient_of_a_shared_weight_is_the_sum_over_untied_copies()
    {
        var tied = Build(small with { Mixture = new() { CapacityFactor = null } });
        var blocks = (nn.Module<Tensor, Tensor>)ModuleSurgery.Find(tied, "blocks")!;
        var x = randn([2, 5, 12]);
        blocks.call(x).square().sum().backward();
        var untied = Enumerable.Range(0, 3).Select(block =>
        {
            var copy = Build(small with { Depth = 1, Mixture = new() { CapacityFactor = null } });
            var weights = tied.state_dict().Where(pair => !pair.Key.StartsWith("blocks.norm", StringComparison.Ordinal)).ToDictionary();
            foreach (string norm in new[] { "norm1", "norm2" })
                foreach (string part in new[] { "weight", "bias" })
                    weights[$"blocks.{norm}.0.{part}"] = tied.state_dict()[$"blocks.{norm}.{block}.{part}"];
            copy.load_state_dict(weights);
            return copy;
        }).ToList();
        untied.Aggregate(x, (input, copy) => ((nn.Module<Tensor, Tensor>)ModuleSurgery.Find(copy, "blocks")!).call(input)).square().sum().backward();
        foreach (string name in new[] { "attn.qkv.weight", "attn.proj.bias", "mlp.gate.weight", "mlp.experts.0.fc1.weight", "mlp.experts.3.fc2.weight" })
        {
            var sum = untied.Select(copy => copy.get_parameter($"blocks.{name}")!.grad).OfType<Tensor>().Aggregate((one, other) => one + other);
            Assert.True(tied.get_parameter($"blocks.{name}")!.grad!.allclose(sum, rtol: 1e-4, atol: 1e-4 * sum.abs().max().item<float>()), name);
        }
    }

    [Fact]
    public void With_room_for_all_nothing_is_dropped()
    {
        var (all, some) = (Build(small with { Mixture = new() { CapacityFactor = null } }), Build(small with { Mixture = new() { CapacityFactor = 4, EvaluationCapacityFactor = 4 } }));
        some.load_state_dict(all.state_dict());
        var x = Images();
        Assert.True(all.call(x).equal(some.call(x)).all().item<bool>());
    }

    [Fact]
    public void With_as_many_choices_as_experts_it_is_the_softmax_mixture()
    {
        var mixture = (MixtureOfExperts)ModuleSurgery.Find(Build(small with { Mixture = new() { TopK = 4, CapacityFactor = null } }), "blocks.mlp")!;
        var x = randn([7, 12]);
        var gates = nn.functional.linear(x, mixture.get_parameter("gate.weight")!).softmax(-1);
        var expected = Enumerable.Range(0, 4).Select(expert => mixture.Experts[expert].call(x) * gates.narrow(1, expert, 1)).Aggregate((one, other) => one + other);
        Assert.True(mixture.call(x).allclose(expected, rtol: 1e-5, atol: 1e-6));
    }

    [Fact]
    public void Training_without_noise_is_evaluation_and_noise_makes_the_difference()
    {
        var model = Build(small with { Mixture = new() { CapacityFactor = 0.8, EvaluationCapacityFactor = 0.8, Noise = 0 } });
        var x = Images();
        var evaluated = model.call(x);
        Assert.True(evaluated.equal(model.call(x)).all().item<bool>());
        model.train();
        Assert.True(evaluated.equal(model.call(x)).all().item<bool>());
        var noisy = Build(small with { Mixture = new() { CapacityFactor = 0.8, EvaluationCapacityFactor = 0.8, Noise = 5 } });
        noisy.load_state_dict(model.state_dict());
        Assert.True(evaluated.equal(noisy.call(x)).all().item<bool>());
        noisy.train();
        Assert.False(evaluated.allclose(noisy.call(x), rtol: 1e-3, atol: 1e-3));
    }

    [Fact]
    public void Every_block_adds_a_balance_loss()
    {
        // A router of zeros gives uniform probabilities, for which the loss is 1 whatever is chosen.
        var model = Build(small);
        var mixture = (MixtureOfExperts)ModuleSurgery.Find(model, "blocks.mlp")!;
        using (no_grad())
            mixture.get_parameter("gate.weight")!.zero_();
        mixture.BeginLoss();
        model.call(Images());
        Assert.Equal(0.03, mixture.TakeLoss()!.item<float>(), 6);
    }

    [Fact]
    public void Attention_and_experts_are_counted_once_for_every_block()
    {
        var model = Build(small);
        const int Tokens = 5, Dim = 12, Hidden = 20;
        long block = Tokens * (4 * Dim * Dim + 4 * Dim + 2 * 2 * Dim * Hidden) + 2 * Tokens * Tokens * Dim;
        long expected = 3 * block + 4 * (2 * 16 * Dim) + Dim * 5;
        Assert.InRange(Graph.Capture(model, Images(1)).Count().Macs, expected, expected + 200);
    }

    [Fact]
    public void Tokens_that_change_their_experts_from_block_to_block_are_told()
    {
        var model = Build(small with { SharesNorms = true });
        var mixture = (MixtureOfExperts)ModuleSurgery.Find(model, "blocks.mlp")!;
        using var mode = no_grad();
        mixture.get_parameter("gate.weight")!.zero_();
        mixture.Observe();
        model.call(Images());
        Assert.Equal(0, mixture.Statistics!.ChangedShare);
        mixture.get_parameter("gate.weight")!.normal_(0, 1);
        mixture.Observe();
        model.call(Images());
        Assert.InRange(mixture.Statistics!.ChangedShare!.Value, 0.01, 1);
        mixture.Observe();
        mixture.call(randn([4, 12]));
        mixture.Statistics!.BeginPass();
        mixture.call(randn([4, 12]));
        Assert.Null(mixture.Statistics!.ChangedShare);
    }

    [Theory]
    [InlineData(TextHead.MaskedLanguageModel)]
    [InlineData(TextHead.SequenceClassification)]
    [InlineData(TextHead.TokenClassification)]
    [InlineData(TextHead.QuestionAnswering)]
    public void What_stands_at_padding_does_not_matter(TextHead head)
    {
        using var mode = no_grad();
        var model = text.Build(head);
        model.eval();
        var ids = randint(1, 40, [2, 8], int64);
        var mask = ones(2, 8, int64);
        mask[0, TensorIndex.Slice(5)].zero_();
        var other = ids.clone();
        other[0, TensorIndex.Slice(5)].fill_(7);
        Tensor one = model.Run(new TextBatch(ids) { AttentionMask = mask }).Logits![0], two = model.Run(new TextBatch(other) { AttentionMask = mask }).Logits![0];
        if (one.dim() == 2)
            (one, two) = (one[TensorIndex.Slice(0, 5)], two[TensorIndex.Slice(0, 5)]);
        Assert.True(one.allclose(two, rtol: 1e-4, atol: 1e-5));
        Assert.False(one.allclose(model.Run(new TextBatch(other)).Logits![0][TensorIndex.Slice(0, one.shape[0])], rtol: 1e-3, atol: 1e-3), "without a mask it does");
    }

    [Fact]
    public void Layer_groups_of_the_model_for_texts_cover_every_parameter()
    {
        foreach (bool sharesNorms in new[] { true, false })
        {
            using var model = (text with { SharesNorms = sharesNorms }).Build(TextHead.SequenceClassification);
            var names = model.named_parameters().Select(own => own.name).ToList();
            Assert.Equal(Enumerable.Range(0, model.NumLayerGroups), names.Select(model.LayerGroupOf).Distinct().Order());
            Assert.All(names, name => Assert.Contains(model.LayerGroups.SelectMany(group => group), path => name.StartsWith(path + ".", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Assert.Contains("5 of 4 experts", Assert.Throws<FrugalException>(() => (small with { Mixture = new() { TopK = 5 } }).Build()).Message, StringComparison.Ordinal);
        Assert.Contains("5 heads", Assert.Throws<FrugalException>(() => (small with { NumHeads = 5 }).Build()).Message, StringComparison.Ordinal);
        Assert.Contains("5 heads", Assert.Throws<FrugalException>(() => (text with { NumHeads = 5 }).Build()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new WideNetMixture { Experts = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WideNetMixture { CapacityFactor = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WideNetTextConfig { EmbeddingSize = 0 });
    }
}

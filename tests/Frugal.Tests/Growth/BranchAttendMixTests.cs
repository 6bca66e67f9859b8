using Frugal.Growth;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Recipes;
using Frugal.Training;
using static TorchSharp.torch;

namespace Frugal.Tests.Growth;

public class BranchAttendMixTests
{
    private static TextModelConfig Config(string family) => TinyText.Of(family) with { VocabularySize = TinyTexts.Vocabulary };

    private static Subject Subject(string family = "parallel-decoder", long seed = 0) => TinySubject.Of(Config(family), seed: seed);

    private static Tensor Logits(Model model)
    {
        model.eval();
        return model.call(TinyText.Ids(2, 8).clamp(0, TinyTexts.Vocabulary - 1));
    }

    private static BranchAttendMix Step(MergedAttention attention, params Subject[] others) => new() { Attention = attention, Models = [.. others.Select(other => new GivenTeacher(other.Model))] };

    private static void Fill(Model to, Model from)
    {
        using var mode = no_grad();
        foreach (var (name, weight) in to.state_dict())
            weight.copy_(from.state_dict()[name]);
    }

    [Theory]
    [InlineData("bam_block")]
    [InlineData("bam_block_shared_kv")]
    [InlineData("bam_upcycle")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "bam", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    public static IEnumerable<TheoryDataRow<string, MergedAttention>> Ways =>
        from family in new[] { "parallel-decoder", "llama" } from attention in Enum.GetValues<MergedAttention>() select new TheoryDataRow<string, MergedAttention>(family, attention);

    [Theory]
    [MemberData(nameof(Ways))]
    public void Equal_models_compute_what_one_does_where_weights_add_up_to_one(string family, MergedAttention attention)
    {
        using var scope = NewDisposeScope();
        using Subject subject = Subject(family), twin = Subject(family), third = Subject(family);
        Fill(twin.Model, subject.Model);
        Fill(third.Model, subject.Model);
        var before = Logits(subject.Model);
        new BranchAttendMix { Attention = attention, Models = [new GivenTeacher(twin.Model), new GivenTeacher(third.Model)], NormalizesTopK = true }.Apply(subject);
        Assert.Equal(2, subject.Model.modules().OfType<MixtureOfExperts>().Count());
        Assert.Equal(attention == MergedAttention.Average ? 0 : 2, subject.Model.modules().OfType<MixtureOfAttention>().Count());
        Assert.True(Logits(subject.Model).allclose(before, rtol: 1e-4, atol: 1e-5));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_mixture_of_one_is_the_dense_model(string family, MergedAttention attention)
    {
        using var scope = NewDisposeScope();
        using var subject = Subject(family);
        var before = Logits(subject.Model);
        Step(attention).Apply(subject);
        Assert.True(Logits(subject.Model).allclose(before, rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    public void Without_normalising_a_feed_forward_expert_counts_its_probability()
    {
        using var scope = NewDisposeScope();
        using Subject subject = Subject(), twin = Subject();
        Fill(twin.Model, subject.Model);
        var dense = FeedForwardBlock.In(subject.Model)[0].Copy();
        Step(MergedAttention.Experts, twin).Apply(subject);
        var mixture = subject.Model.modules().OfType<MixtureOfExperts>().First();
        mixture.eval();
        var input = randn(6, 16);
        var probabilities = mixture.Route(input).Probabilities.squeeze(0);
        Assert.True(mixture.call(input).allclose(dense.call(input) * probabilities.amax([1]).unsqueeze(1), rtol: 1e-4, atol: 1e-6));
    }

    [Theory]
    [InlineData(MergedAttention.Experts)]
    [InlineData(MergedAttention.SharedKeyValues)]
    [InlineData(MergedAttention.Average)]
    public void What_is_no_expert_is_the_mean_and_what_is_one_a_copy(MergedAttention attention)
    {
        using var scope = NewDisposeScope();
        using Subject subject = Subject(), other = Subject(seed: 1);
        // In evaluation nothing changes what others hold.
        byte[] kept = TinySubject.Bytes(other);
        var first = subject.Model.state_dict().ToDictionary(own => own.Key, own => own.Value.clone());
        var second = other.Model.state_dict();
        Step(attention, other).Apply(subject);
        var merged = subject.Model.state_dict();
        void IsMean(string name) => Assert.True(merged[name].allclose((first[name] + second[name]) / 2, rtol: 0, atol: 1e-7), name);
        IsMean("model.embed_tokens.weight");
        IsMean("lm_head.weight");
        IsMean("model.norm.weight");
        IsMean("model.layers.1.input_layernorm.weight");
        Assert.True(merged["model.layers.1.mlp.experts.1.up_proj.weight"].equal(second["model.layers.1.mlp.up_proj.weight"]).all().item<bool>());
        string key = "model.layers.1.self_attn.k_proj.weight", query = "model.layers.1.self_attn.q_proj.weight";
        if (attention != MergedAttention.Experts)
            IsMean(key);
        else
            Assert.True(merged["model.layers.1.self_attn.experts.0.k_proj.weight"].equal(first[key]).all().item<bool>());
        if (attention == MergedAttention.Average)
            IsMean(query);
        else
            Assert.True(merged["model.layers.1.self_attn.experts.1.q_proj.weight"].equal(second[query]).all().item<bool>());
        Assert.Equal(kept, TinySubject.Bytes(other));
    }

    [Theory]
    [InlineData(MergedAttention.Experts)]
    [InlineData(MergedAttention.SharedKeyValues)]
    public void Later_tokens_change_nothing_before_them_and_a_cache_gives_the_same(MergedAttention attention)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using Subject subject = Subject(), other = Subject(seed: 1), third = Subject(seed: 2);
        Step(attention, other, third).Apply(subject);
        var model = (TextModel)subject.Model;
        model.eval();
        var ids = TinyText.Ids(2, 8).clamp(0, TinyTexts.Vocabulary - 1);
        var changed = ids.clone();
        changed.narrow(1, 5, 3).fill_(1);
        var whole = model.call(ids);
        Assert.True(model.call(changed).narrow(1, 0, 5).allclose(whole.narrow(1, 0, 5), rtol: 1e-5, atol: 1e-6));
        using var cache = new KeyValueCache(8);
        var parts = new[] { (0, 3), (3, 1), (4, 4) }.Select(part => model.Run(new(ids.narrow(1, part.Item1, part.Item2)), cache).Logits!).ToList();
        Assert.True(cat(parts, 1).allclose(whole, rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    public void A_mixture_of_attention_is_the_weighted_sum_of_its_experts_in_any_order()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var mixture = new MixtureOfAttention(8, 2, keyValueHeads: 1, numExperts: 3);
        var own = mixture.state_dict();
        var input = randn(2, 5, 8);
        var weights = mixture.Weights(input);
        Assert.True(weights.sum(-1).allclose(ones(2, 5), rtol: 1e-5, atol: 1e-6));
        var expected = zeros_like(input);
        using var turned = new MixtureOfAttention(8, 2, keyValueHeads: 1, numExperts: 3);
        for (int expert = 0; expert < 3; expert++)
        {
            using var single = new RotaryAttention(new(8, 2, 1, 4));
            foreach (var (name, weight) in single.state_dict())
            {
                weight.copy_(own[$"experts.{expert}.{name}"]);
                turned.state_dict()[$"experts.{2 - expert}.{name}"].copy_(weight);
            }
            expected += single.call(input) * weights.narrow(-1, expert, 1);
        }
        Assert.True(mixture.call(input).allclose(expected, rtol: 1e-4, atol: 1e-6));
        turned.state_dict()["gate.weight"].copy_(own["gate.weight"].flip(0));
        Assert.True(turned.call(input).allclose(expected, rtol: 1e-4, atol: 1e-6));
        // A certain gate gives each token its expert alone, whichever else there are.
        own["gate.weight"].mul_(1e5);
        var sole = mixture.Weights(input);
        Assert.True(sole.amax([-1]).allclose(ones(2, 5)));
    }

    [Fact]
    public void Shared_keys_and_values_are_experts_whose_own_are_equal()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using MixtureOfAttention shared = new(8, 4, keyValueHeads: 2, numExperts: 3, sharesKeyValues: true), own = new(8, 4, keyValueHeads: 2, numExperts: 3);
        foreach (var (name, weight) in own.state_dict())
            weight.copy_(shared.state_dict().TryGetValue(name, out var same) ? same : shared.state_dict()[name[(name.IndexOf('.', "experts.".Length) + 1)..]]);
        var input = randn(2, 5, 8);
        Assert.True(own.call(input).allclose(shared.call(input), rtol: 1e-4, atol: 1e-6));
    }

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(2, 1.0)]
    public void A_router_may_leave_attention_experts_out(int k, double least)
    {
        using var scope = NewDisposeScope();
        using var mixture = new MixtureOfAttention(8, 2, numExperts: 2, router: new TopKRouter { K = k, Weights = ExpertWeights.Probability });
        var weights = mixture.Weights(randn(3, 4, 8));
        Assert.Equal(12 * k, weights.ne(0).sum().item<long>());
        Assert.True((weights.sum(-1) >= least - 1e-6).all().item<bool>());
    }

    // Counts of the paper's small model; per block d + attention + feed-forward + routers, and embedding, head and last norm.
    [Theory]
    [InlineData(null, 587_209_728)]
    [InlineData(MergedAttention.Average, 700_480_512)]
    [InlineData(MergedAttention.Experts, 776_002_560)]
    [InlineData(MergedAttention.SharedKeyValues, 738_253_824)]
    public void Parameters_add_up_to_the_papers(MergedAttention? attention, long published)
    {
        Assert.Equal(published, Expected(1024, 2048, 6, 256_000, attention is null ? 1 : 4));
        using Subject subject = Full(0), second = Full(1), third = Full(2), fourth = Full(3);
        if (attention is { } way)
            Step(way, second, third, fourth).Apply(subject);
        Assert.Equal(Expected(16, 24, 2, TinyTexts.Vocabulary, attention is null ? 1 : 4), subject.Model.parameters().Sum(parameter => parameter.numel()));

        long Expected(long d, long hidden, long layers, long vocabulary, long n) => 2 * vocabulary * d + d + layers * (d + 3 * d * hidden * n + attention switch
        {
            MergedAttention.Experts => 4 * d * d * n + 2 * n * d,
            MergedAttention.SharedKeyValues => 2 * d * d * n + 2 * d * d + 2 * n * d,
            MergedAttention.Average => 4 * d * d + n * d,
            _ => 4 * d * d,
        });

        static Subject Full(long seed) => TinySubject.Of(TinyText.Parallel with { NumKeyValueHeads = null, VocabularySize = TinyTexts.Vocabulary }, seed: seed);
    }

    [Fact]
    public void Own_keys_and_values_cost_what_is_computed_and_no_more()
    {
        long Macs(MergedAttention attention)
        {
            using var scope = NewDisposeScope();
            using Subject subject = Subject(), other = Subject(seed: 1);
            Step(attention, other).Apply(subject);
            return ModelMeasure.Of(subject.Model, subject.Data.Info).Macs!.Value;
        }
        // Two layers, eight tokens: another expert's keys and values from two of four heads.
        Assert.Equal(2 * 8 * 2 * 16 * 8, Macs(MergedAttention.Experts) - Macs(MergedAttention.SharedKeyValues));
    }

    [Fact]
    public void A_merged_model_is_saved_and_trained_with_its_losses()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using Subject subject = Subject(), other = Subject(seed: 1);
        Step(MergedAttention.Experts, other).Apply(subject);
        var gate = subject.Model.get_parameter("model.layers.0.mlp.gate.weight")!.clone();
        var attentionGate = subject.Model.get_parameter("model.layers.0.self_attn.gate.weight")!.clone();
        new Train { Updates = 3, BatchSize = 16 }.Apply(subject);
        Assert.False(subject.Model.get_parameter("model.layers.0.mlp.gate.weight")!.equal(gate).all().item<bool>());
        Assert.False(subject.Model.get_parameter("model.layers.0.self_attn.gate.weight")!.equal(attentionGate).all().item<bool>());
        var expected = Logits(subject.Model);
        ModelFolder.Save(subject.Model, folder.Path);
        using var again = ModelFolder.Load(folder.Path);
        Assert.True(Logits(again).equal(expected).all().item<bool>());
    }

    [Fact]
    public void Models_that_do_not_belong_together_are_refused_and_nothing_changes()
    {
        using Subject subject = Subject(), wide = TinySubject.Of(TinyText.Parallel with { VocabularySize = TinyTexts.Vocabulary, IntermediateSize = 25 }), other = Subject(seed: 1);
        byte[] before = TinySubject.Bytes(subject);
        Assert.Contains("mlp.gate_proj.weight: [25, 16] instead of [24, 16]", Assert.Throws<FrugalException>(() => Step(MergedAttention.Experts, wide).Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Contains("3 of 2 experts", Assert.Throws<FrugalException>(() => new BranchAttendMix { TopK = 3, Models = [new GivenTeacher(other.Model)] }.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Contains("3 of 2 experts", Assert.Throws<FrugalException>(() => new BranchAttendMix { AttentionRouter = new TopKRouter { K = 3 }, Models = [new GivenTeacher(other.Model)] }.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Equal(before, TinySubject.Bytes(subject));
        using var gpt2 = Subject("gpt2");
        byte[] whole = TinySubject.Bytes(gpt2);
        Assert.Contains("attention: average", Assert.Throws<FrugalException>(() => Step(MergedAttention.Experts).Apply(gpt2)).Message, StringComparison.Ordinal);
        Assert.Equal(whole, TinySubject.Bytes(gpt2));
        Step(MergedAttention.Average).Apply(gpt2);
        Assert.Equal(2, gpt2.Model.modules().OfType<MixtureOfExperts>().Count());
        Assert.Throws<FrugalException>(() => new MixtureOfAttention(9, 2));
        Assert.Throws<FrugalException>(() => new MixtureOfAttention(8, 4, keyValueHeads: 3));
        Assert.Throws<FrugalException>(() => new MixtureOfAttention(8, 2, router: new PreGatedRouter()));
        Assert.Contains("[batch, tokens, 8]", Assert.Throws<FrugalException>(() => new MixtureOfAttention(8, 2).call(zeros(3, 8))).Message, StringComparison.Ordinal);
    }
}

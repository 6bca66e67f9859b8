using Frugal.Compression.Experts;
using Frugal.Growth;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Experts;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression.Experts;

public class FactorLlmTests
{
    private static Tensor Outputs(Subject subject)
    {
        using var generator = new Generator(7);
        subject.Model.eval();
        return subject.Model.call(randn([5, .. subject.Model.InputShape], generator: generator));
    }

    private static Subject Transformer() => TinySubject.Of(new VisionTransformerConfig { PatchSize = 3, EmbedDim = 16, Depth = 2, NumHeads = 2 });

    [Theory]
    [InlineData("factor_mlp")]
    [InlineData("factor_mlp_top1")]
    public void Golden_case_agrees(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "factorllm", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    [Theory]
    [InlineData(UnitSplit.Contiguous)]
    [InlineData(UnitSplit.Random)]
    [InlineData(UnitSplit.Similar)]
    public void With_all_experts_at_work_the_model_computes_what_it_did(UnitSplit split)
    {
        using var scope = NewDisposeScope();
        foreach (var make in new Func<Subject>[] { Transformer, () => TinySubject.Of(new ResidualMlpConfig { Width = 16, HiddenSize = 32, Depth = 2, IsGated = true }) })
        {
            using var subject = make();
            var before = Outputs(subject);
            new FactorLlm { Experts = 4, TopK = 4, Split = split }.Apply(subject);
            Assert.Equal(2, subject.Model.modules().OfType<MixtureOfExperts>().Count());
            Assert.True(Outputs(subject).allclose(before, rtol: 1e-5, atol: 1e-6));
        }
    }

    [Fact]
    public void Slices_put_together_are_the_block_to_the_bit_and_cost_their_share()
    {
        using var scope = NewDisposeScope();
        using var subject = TinySubject.Of(TinySubject.ResidualMlp);
        var weight = subject.Model.get_parameter("blocks.0.fc1.weight")!.clone();
        long before = ModelMeasure.Of(subject.Model, subject.Data.Info).Macs!.Value;
        new FactorLlm { Experts = 8, TopK = 2 }.Apply(subject);
        var layer = subject.Model.modules().OfType<MixtureOfExperts>().First();
        Assert.True(cat([.. layer.Experts.Select(expert => expert.get_parameter("fc1.weight")!)], 0).equal(weight).all().item<bool>());
        // Two blocks of 2 · 16 · 32 multiply-adds, of which a quarter is left, and two routers.
        Assert.Equal(before - 2 * 2 * 16 * 32 * 3 / 4 + 2 * 16 * 8, ModelMeasure.Of(subject.Model, subject.Data.Info).Macs!.Value);
    }

    [Theory]
    [InlineData(UnitSplit.Contiguous)]
    [InlineData(UnitSplit.Random)]
    [InlineData(UnitSplit.Similar)]
    public void A_gated_block_is_cut_along_its_hidden_units_and_order_of_experts_does_not_matter(UnitSplit split)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        using var mode = no_grad();
        var model = new GatedFeedForward(6, 12, ActivationLayer.Of(Frugal.Layers.Activation.Silu));
        var block = FeedForwardBlock.In(nn.Sequential(("mlp", (nn.Module<Tensor, Tensor>)model))).Single();
        using var layer = new FactorLlm { Experts = 3, TopK = 2, Split = split }.Factor(block, generator);
        var units = Rows(cat([.. layer.Experts.Select(expert => expert.get_parameter("gate_proj.weight")!)], 0));
        foreach (var (name, axis) in new[] { ("gate_proj", 0), ("up_proj", 0), ("down_proj", 1) })
        {
            var whole = model.get_parameter($"{name}.weight")!;
            var joined = cat([.. layer.Experts.Select(expert => expert.get_parameter($"{name}.weight")!)], axis);
            Assert.Equal(whole.shape, joined.shape);
            // One order of the hidden units for all three matrices.
            var order = tensor(units.Select(unit => (long)Rows(model.get_parameter("gate_proj.weight")!).IndexOf(unit)).ToArray());
            Assert.True(joined.equal(whole.index_select(axis, order)).all().item<bool>(), name);
        }
        var input = randn([7, 6], generator: generator);
        var expected = layer.call(input);
        using var turned = new FactorLlm { Experts = 3, TopK = 2, Split = split }.Factor(block, generator);
        foreach (string name in new[] { "gate.weight", "gate.bias" })
            turned.get_parameter(name)!.copy_(layer.get_parameter(name)!.flip(0));
        for (int expert = 0; expert < 3; expert++)
            foreach (var (name, parameter) in turned.Experts[expert].named_parameters())
                parameter.copy_(layer.Experts[2 - expert].get_parameter(name)!);
        Assert.True(turned.call(input).allclose(expected, rtol: 1e-5, atol: 1e-6));

        static List<string> Rows(Tensor matrix) => [.. Enumerable.Range(0, (int)matrix.shape[0]).Select(row => string.Join(' ', matrix[row].data<float>().ToArray()))];
    }

    [Fact]
    public void The_prior_approximate_loss_of_a_uniform_router_is_as_computed_by_hand()
    {
        using var scope = NewDisposeScope();
        var labels = FactorMath.Labels(tensor(new[] { 3.0, 1, 2, 4 }).view(1, 4), 2);
        Assert.Equal([0, 1, 1, 0], labels.data<double>().ToArray());
        Assert.Equal(0.1201145, FactorMath.PriorLoss(zeros([1, 4], dtype: float64), labels).item<double>(), tolerance: 1e-6);
        Assert.Equal(0, FactorMath.PriorLoss(labels, labels).item<double>(), 12);
        Assert.True(FactorMath.PriorLoss(randn([20, 4], dtype: float64), labels).item<double>() > 0);
    }

    [Fact]
    public void The_task_gives_the_router_no_gradient()
    {
        using var scope = NewDisposeScope();
        using var subject = Transformer();
        new FactorLlm().Apply(subject);
        subject.Model.train();
        subject.Model.call(randn([4, .. subject.Model.InputShape])).square().sum().backward();
        var gradient = subject.Model.modules().OfType<MixtureOfExperts>().First().get_parameter("gate.weight")!.grad;
        Assert.True(gradient is null || gradient.eq(0).all().item<bool>());
    }

    [Fact]
    public void Similar_units_share_an_expert()
    {
        using var scope = NewDisposeScope();
        var directions = eye(4, dtype: float64);
        var weight = directions.index_select(0, tensor(new long[] { 0, 1, 2, 3, 0, 1, 2, 3 })) * arange(1, 9, dtype: float64).unsqueeze(1);
        var parts = FactorMath.SimilarParts(weight, 4);
        string[] found = [.. Enumerable.Range(0, 4).Select(part => string.Join(' ', parts[part].data<long>().Order())).Order()];
        Assert.Equal(["0 4", "1 5", "2 6", "3 7"], found);
    }

    [Fact]
    public void Training_moves_routers_towards_the_labels_and_nothing_but_experts_and_routers()
    {
        using var scope = NewDisposeScope();
        foreach (bool routersOnly in new[] { true, false })
        {
            using var subject = Transformer();
            new FactorLlm { Experts = 4, TopK = 1 }.Apply(subject);
            var before = subject.Model.state_dict().ToDictionary(own => own.Key, own => own.Value.clone());
            new Train { Updates = 3, BatchSize = 16, Methods = [new PriorApproximate { RoutersOnly = routersOnly }] }.Apply(subject);
            foreach (var (name, value) in subject.Model.state_dict())
            {
                bool isRouter = name.Contains(".mlp.gate.", StringComparison.Ordinal), isExpert = name.Contains(".experts.", StringComparison.Ordinal);
                if (isRouter)
                    Assert.False(value.equal(before[name]).all().item<bool>(), name);
                else if (!isExpert || routersOnly)
                    Assert.True(value.equal(before[name]).all().item<bool>(), name);
            }
            Assert.All(subject.Model.parameters(), parameter => Assert.True(parameter.requires_grad));
        }
    }

    [Fact]
    public void What_cannot_be_is_refused_and_changes_nothing()
    {
        using var subject = Transformer();
        byte[] before = TinySubject.Bytes(subject);
        Assert.Contains("do not divide the 64 hidden units of 'blocks.0.mlp'", Assert.Throws<FrugalException>(() => new FactorLlm { Experts = 5 }.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Contains("5 of 4 experts", Assert.Throws<FrugalException>(() => new FactorLlm { TopK = 5 }.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Contains("factorllm", Assert.Throws<FrugalException>(() => new Train { Updates = 1, BatchSize = 16, Methods = [new PriorApproximate()] }.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Equal(before, TinySubject.Bytes(subject));
    }
}

using Frugal.Growth;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Models.Vision;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Tests.Growth;

public class PyramidResidualExpertsTests
{
    private static Subject Vit(int depth = 4, long seed = 0) => TinySubject.Of(new VisionTransformerConfig { PatchSize = 3, EmbedDim = 8, Depth = depth, NumHeads = 2, MlpRatio = 2 }, seed: seed);

    private static List<(string Path, int Experts)> Mixtures(Subject subject) => [.. LayerSelection.All.Of<MixtureOfExperts>(subject.Model).Select(layer => (layer.Path, layer.Layer.NumExperts))];

    [Fact]
    public void Every_other_block_gets_a_mixture_and_later_ones_more_experts()
    {
        using var subject = Vit();
        new PyramidResidualExperts { Experts = [2, 4] }.Apply(subject);
        Assert.Equal([("blocks.1.mlp.moe", 2), ("blocks.3.mlp.moe", 4)], Mixtures(subject));
        using var all = Vit();
        new PyramidResidualExperts { Experts = [2, 3, 4], Every = 1, IsResidual = false }.Apply(all);
        Assert.Equal([("blocks.0.mlp", 2), ("blocks.1.mlp", 2), ("blocks.2.mlp", 3), ("blocks.3.mlp", 4)], Mixtures(all));
    }

    [Fact]
    public void The_papers_pyramid_is_written_as_its_last_layers()
    {
        var step = new PyramidResidualExperts { Experts = [32, 64, 64] };
        Assert.Equal([.. Enumerable.Repeat(32, 10), 64, 64], step.ExpertsOf(12));
        Assert.Contains("was given 3 numbers of experts, and with a mixture in every 2th block there are 2;", Assert.Throws<FrugalException>(() => step.ExpertsOf(2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Experts_and_block_begin_as_copies_and_the_output_is_that_of_the_block_times_its_weights()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var subject = Vit(2);
        var block = (nn.Module<Tensor, Tensor>)ModuleSurgery.Find(subject.Model, "blocks.1.mlp");
        var x = randn([5, 8]);
        var before = block.call(x).clone();
        new PyramidResidualExperts { Experts = [4] }.Apply(subject);
        var layer = (ResidualMixtureOfExperts)ModuleSurgery.Find(subject.Model, "blocks.1.mlp");
        layer.eval();
        Assert.All((string[])["mlp", "moe.experts.0", "moe.experts.1", "moe.experts.2", "moe.experts.3"], copy =>
            Assert.True(((nn.Module<Tensor, Tensor>)ModuleSurgery.Find(layer, copy)).call(x).allclose(before, rtol: 1e-5, atol: 1e-6), copy));
        var weights = layer.Coefficients(x);
        var gate = ((MixtureOfExperts)ModuleSurgery.Find(layer, "moe")).Route(x).Weights!.unsqueeze(1);
        Assert.True(layer.call(x).allclose(before * (weights.narrow(1, 0, 1) * gate + weights.narrow(1, 1, 1)), rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    public void The_same_seed_gives_the_same_layers_and_another_one_other_gates()
    {
        using Subject one = Vit(), same = Vit(), other = Vit(seed: 1);
        foreach (var subject in new[] { one, same, other })
            new PyramidResidualExperts().Apply(subject);
        Assert.True(TinySubject.Bytes(one).AsSpan().SequenceEqual(TinySubject.Bytes(same)));
        Tensor Gate(Subject subject) => subject.Model.get_parameter("blocks.1.mlp.moe.gate.weight")!;
        Assert.False(Gate(one).allclose(Gate(other)));
    }

    [Fact]
    public void What_fails_says_why_and_leaves_the_model()
    {
        using var subject = Vit();
        byte[] before = TinySubject.Bytes(subject);
        Refuse("was given 3 numbers of experts", new() { Experts = [2, 2, 4] });
        Refuse("cannot go to 3 of 2 experts", new() { Experts = [2], TopK = 3 });
        Refuse("every 9th feed-forward block", new() { Every = 9 });
        // The mixture of the second block is made by the time that the fourth turns out to have none.
        ModuleSurgery.Replace(subject.Model, "blocks.3.mlp.fc2", nn.Linear(16, 8, hasBias: false));
        before = TinySubject.Bytes(subject);
        Refuse("'blocks.3.mlp' has layers with biases and without", new());

        void Refuse(string reason, PyramidResidualExperts step)
        {
            Assert.Contains(reason, Assert.Throws<FrugalException>(() => step.Apply(subject)).Message, StringComparison.Ordinal);
            Assert.Empty(Mixtures(subject));
            Assert.True(before.AsSpan().SequenceEqual(TinySubject.Bytes(subject)));
        }
    }

    [Fact]
    public void Bad_options_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PyramidResidualExperts { Experts = [8, 4] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PyramidResidualExperts { Experts = [] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PyramidResidualExperts { Experts = [0] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PyramidResidualExperts { Every = 0 });
    }
}

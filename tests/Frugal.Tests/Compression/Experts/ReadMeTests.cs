using Frugal.Compression.Experts;
using Frugal.Data.Text.Sources;
using Frugal.Layers.Experts;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression.Experts;

/// <summary>Experts cut from a dense text model by domain, and the router in front.</summary>
public class ReadMeTests
{
    internal static ReadMe Step { get; } = new() { Samples = 4, RouterDim = 16, RouterHeads = 2 };

    /// <summary>A small causal model on sequences of three domains.</summary>
    internal static Subject Subject(string family = "llama", long seed = 0)
    {
        var data = new SequenceSource { Train = 8, Validation = 0, Test = 6, MaxTokens = 10, Offsets = [1, 2, 3], Symbols = 12 }.Load(null);
        var random = new RandomStreams(seed);
        random.SeedTorch("model");
        return new() { Model = TinyText.Of(family).FitTo(data.Info).Build(), Data = data, Random = random };
    }

    private static Tensor Ids => TinyText.Ids(2, 8).clamp(0, 14);

    private static Tensor Run(Subject subject, int? expert = null)
    {
        subject.Model.eval();
        using var mode = no_grad();
        var ids = Ids;
        return expert is { } number ? ((TextModel)subject.Model).Run(new TextBatch(ids) { Experts = full_like(ids, number) }).Logits! : subject.Model.call(ids);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    [InlineData("parallel-decoder")]
    public void With_all_units_every_expert_is_the_dense_model(string family)
    {
        using var scope = NewDisposeScope();
        using var subject = Subject(family);
        var before = Run(subject);
        new ReadMe { Samples = 4, RouterDim = 16, RouterHeads = 2, KeepRate = 1 }.Apply(subject);
        Assert.Equal(3, ((TextModel)subject.Model).PreGating!.NumExperts);
        for (int expert = 0; expert < 3; expert++)
            Assert.True(Run(subject, expert).allclose(before, rtol: 1e-4, atol: 1e-5));
        Assert.True(Run(subject).allclose(before, rtol: 1e-4, atol: 1e-5));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void What_all_experts_have_may_be_kept_once(string family)
    {
        using var scope = NewDisposeScope();
        using Subject fused = Subject(family), unfused = Subject(family);
        Step.Apply(fused);
        new ReadMe { Samples = 4, RouterDim = 16, RouterHeads = 2, IsFused = false }.Apply(unfused);
        Assert.Equal(2, unfused.Model.modules().OfType<ResidualMixtureOfExperts>().Count());
        Assert.True(Run(unfused).allclose(Run(fused), rtol: 1e-4, atol: 1e-5));
        Assert.True(unfused.Model.parameters().Sum(weight => weight.numel()) < fused.Model.parameters().Sum(weight => weight.numel()));
    }

    [Fact]
    public void An_expert_has_the_most_active_half_of_the_units()
    {
        using var scope = NewDisposeScope();
        using Subject subject = Subject(), strict = Subject();
        var up = subject.Model.get_parameter("model.layers.0.mlp.up_proj.weight")!.clone();
        Step.Apply(subject);
        var units = ((TextModel)subject.Model).PreGating!.UnitsOf(0);
        Assert.True(units.Masks.sum(1).eq(12).all().item<bool>());
        for (int expert = 0; expert < 3; expert++)
            Assert.True(subject.Model.get_parameter($"model.layers.0.mlp.experts.{expert}.up_proj.weight")!.equal(up.index_select(0, units.Units(expert))).all().item<bool>());
        new ReadMe { Samples = 4, RouterDim = 16, RouterHeads = 2, IsStrict = true }.Apply(strict);
        Assert.True(((TextModel)strict.Model).PreGating!.UnitsOf(0).Masks.sum(1).eq(11).all().item<bool>());
    }

    [Fact]
    public void Domains_may_be_ranges_of_examples_and_one_is_enough()
    {
        using var scope = NewDisposeScope();
        using Subject subject = Subject(), single = Subject();
        new ReadMe { Samples = 4, RouterDim = 16, RouterHeads = 2, Domains = [new(0, 8), new(8, 24)] }.Apply(subject);
        Assert.Equal(2, ((TextModel)subject.Model).PreGating!.NumExperts);
        new ReadMe { Samples = 4, RouterDim = 16, RouterHeads = 2, Domains = [new(0, 24)] }.Apply(single);
        var units = ((TextModel)single.Model).PreGating!.UnitsOf(1);
        Assert.True(units.Shared.equal(units.Masks[0]).all().item<bool>());
        Assert.Equal(0, units.Private.count_nonzero().item<long>());
        Run(single);
    }

    [Theory]
    [InlineData("llama", true)]
    [InlineData("llama", false)]
    [InlineData("gpt2", true)]
    [InlineData("gpt2", false)]
    public void The_saved_model_has_its_router(string family, bool isFused)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var subject = Subject(family);
        new ReadMe { Samples = 4, RouterDim = 16, RouterHeads = 2, IsFused = isFused }.Apply(subject);
        ModelFolder.Save(subject.Model, folder.Path, subject.Data.Info);
        using var again = (TextModel)ModelFolder.Load(folder.Path);
        again.eval();
        Assert.True(again.call(Ids).equal(Run(subject)).all().item<bool>());
        Assert.True(again.PreGating!.UnitsOf(1).Masks.equal(((TextModel)subject.Model).PreGating!.UnitsOf(1).Masks).all().item<bool>());
        using var copy = ModelCopy.Of(subject.Model);
        Assert.True(copy.call(Ids).equal(Run(subject)).all().item<bool>());
    }

    [Fact]
    public void A_token_costs_what_an_expert_keeps()
    {
        using var subject = Subject();
        double before = ModelMeasure.Of(subject.Model, subject.Data.Info).Macs!.Value;
        new ReadMe { Samples = 4, RouterDim = 16, RouterHeads = 2, RouterLayers = 0 }.Apply(subject);
        double after = ModelMeasure.Of(subject.Model, subject.Data.Info).Macs!.Value;
        // Half of three products of 16 by 24 in two layers, over ten tokens; the router's last layer and its table of angles are added.
        Assert.Equal(before - 10 * 2 * 3 * 16 * 12 + 10 * 16 * 3 + 10 * 4, after);
    }

    [Fact]
    public void What_cannot_be_cut_is_refused_and_stays()
    {
        using var images = TinySubject.Of();
        Assert.Contains("no model for texts", Assert.Throws<FrugalException>(() => Step.Apply(images)).Message, StringComparison.Ordinal);
        using var subject = Subject();
        byte[] before = TinySubject.Bytes(subject);
        Assert.Throws<FrugalException>(() => new ReadMe { RouterDim = 16, RouterHeads = 3 }.Apply(subject));
        Assert.Throws<FrugalException>(() => new ReadMe { Samples = 4, RouterDim = 16, RouterHeads = 2, Domains = [new(0, 100)] }.Apply(subject));
        Assert.Equal(before, TinySubject.Bytes(subject));
        Step.Apply(subject);
        Assert.Contains("already", Assert.Throws<FrugalException>(() => Step.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReadMe { KeepRate = 0 });
    }
}

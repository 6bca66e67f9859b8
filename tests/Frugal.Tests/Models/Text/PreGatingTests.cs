using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Models.Text;
using Frugal.Tests.Compression.Experts;
using static TorchSharp.torch;

namespace Frugal.Tests.Models.Text;

/// <summary>Models whose router decides before their layers run.</summary>
public class PreGatingTests
{
    private static readonly int[] lengths = [3, 6, 1];

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void A_key_value_cache_changes_nothing(string family)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var subject = ReadMeTests.Subject(family);
        ReadMeTests.Step.Apply(subject);
        var model = (TextModel)subject.Model;
        model.eval();
        var ids = TinyText.Ids(2, 8).clamp(0, 14);
        var whole = model.call(ids);
        using var cache = new KeyValueCache(8);
        var parts = new[] { (0, 3), (3, 1), (4, 4) }.Select(part => model.Run(new TextBatch(ids.narrow(1, part.Item1, part.Item2)), cache).Logits!).ToArray();
        Assert.True(cat(parts, 1).allclose(whole, rtol: 1e-4, atol: 1e-5));
    }

    [Theory]
    [InlineData("llama", true)]
    [InlineData("gpt2", true)]
    [InlineData("parallel-decoder", false)]
    public void Sequences_of_different_lengths_go_on_together_as_alone(string family, bool isCut)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var subject = ReadMeTests.Subject(family);
        if (isCut)
            ReadMeTests.Step.Apply(subject);
        var model = (TextModel)subject.Model;
        model.eval();
        var texts = lengths.Select((length, row) => TinyText.Ids(1, length + 2, row).clamp(0, 14)).ToList();
        var caches = lengths.Select(_ => new KeyValueCache(10)).ToList();
        foreach (var (text, cache) in texts.Zip(caches))
            model.Run(new TextBatch(text.narrow(1, 0, text.shape[1] - 2)), cache);
        var joined = new JoinedKeyValueCache(caches);
        Assert.Equal(6, joined.Length);
        var together = model.Run(new TextBatch(cat([.. texts.Select(text => text.narrow(1, text.shape[1] - 2, 2))], 0)) { AttentionMask = joined.Mask(2), Positions = joined.Positions(2) }, joined).Logits!;
        foreach (var (row, text) in texts.Index())
        {
            Assert.True(together[row].allclose(model.call(text)[0].narrow(0, lengths[row], 2), rtol: 1e-4, atol: 1e-5));
            Assert.Equal(lengths[row] + 2, caches[row].Length);
            caches[row].Dispose();
        }
    }

    [Fact]
    public void Experts_may_be_handed_in_and_what_does_not_fit_is_refused()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var subject = ReadMeTests.Subject();
        var model = (TextModel)subject.Model;
        var ids = TinyText.Ids(2, 5).clamp(0, 14);
        Assert.Contains("read-me", Assert.Throws<FrugalException>(() => model.Run(new TextBatch(ids) { Experts = zeros_like(ids) })).Message, StringComparison.Ordinal);
        ReadMeTests.Step.Apply(subject);
        model.eval();
        var chosen = model.PreGating!.call(ids).argmax(-1);
        Assert.True(model.Run(new TextBatch(ids) { Experts = chosen }).Logits!.equal(model.call(ids)).all().item<bool>());
        Assert.Throws<FrugalException>(() => model.Run(new TextBatch(ids) { Experts = full_like(ids, 3) }));
        Assert.Throws<FrugalException>(() => model.Run(new TextBatch(ids) { Experts = chosen[0] }));
        using var encoder = TinyText.Build(TinyText.Bert, TextHead.None);
        Assert.Throws<FrugalException>(() => encoder.Run(new TextBatch(ids) { Positions = zeros_like(ids) }));
    }

    [Fact]
    public void The_router_begins_with_the_token_embedding_where_it_is_as_wide()
    {
        using var subject = ReadMeTests.Subject();
        ReadMeTests.Step.Apply(subject);
        Assert.True(subject.Model.get_parameter("router.embed.weight")!.equal(subject.Model.get_parameter("model.embed_tokens.weight")!).all().item<bool>());
        Assert.Equal([24L, 24], ((PreGatingRouter)((TextModel)subject.Model).PreGating!).HiddenDims);
    }
}

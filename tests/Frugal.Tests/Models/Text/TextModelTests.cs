using Frugal.Interop;
using Frugal.Layers;
using Frugal.Models.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Models.Text;

/// <summary>What holds for every text model, and the numbers of the reference.</summary>
public class TextModelTests
{
    [Theory]
    [InlineData("bert_pretraining")]
    [InlineData("distilbert_qa")]
    [InlineData("gpt2_lm")]
    [InlineData("llama_gqa")]
    [InlineData("rope_llama3")]
    [InlineData("vit_classify")]
    public void Agrees_with_the_reference(string name)
    {
        var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "transformer-reference", $"{name}.safetensors"));
        Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
    }

    /// <summary>Weights of bert-base-uncased with its pooler, distilbert-base-uncased without a head, and gpt2, as published.</summary>
    [Theory]
    [InlineData("bert", TextHead.None, 109_482_240)]
    [InlineData("distilbert", TextHead.None, 66_362_880)]
    [InlineData("gpt2", TextHead.CausalLanguageModel, 124_439_808)]
    public void Has_the_published_number_of_weights(string family, TextHead head, long expected)
    {
        TextModelConfig config = family switch { "bert" => new BertConfig(), "distilbert" => new DistilBertConfig(), _ => new Gpt2Config() };
        using var model = config.Build(head);
        Assert.Equal(expected, model.parameters().Sum(parameter => parameter.numel()));
    }

    [Theory]
    [InlineData("bert", TextHead.PreTraining)]
    [InlineData("bert", TextHead.SequenceClassification)]
    [InlineData("distilbert", TextHead.MaskedLanguageModel)]
    [InlineData("distilbert", TextHead.SequenceClassification)]
    [InlineData("gpt2", TextHead.SequenceClassification)]
    [InlineData("llama", TextHead.SequenceClassification)]
    public void What_stands_at_padding_does_not_matter(string family, TextHead head)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var model = TinyText.Build(TinyText.Of(family), head);
        var ids = TinyText.Ids(2, 8);
        var mask = ones(2, 8, int64);
        mask[0, TensorIndex.Slice(5)].zero_();
        var other = ids.clone();
        other[0, TensorIndex.Slice(5)].fill_(7);
        Tensor one = model.Run(new TextBatch(ids) { AttentionMask = mask }).Logits!, two = model.Run(new TextBatch(other) { AttentionMask = mask }).Logits!;
        if (one.dim() == 3)
            (one, two) = (one[0, TensorIndex.Slice(0, 5)], two[0, TensorIndex.Slice(0, 5)]);
        Assert.InRange(TinyText.Difference(one, two), 0, 1e-5);
        Assert.True(TinyText.Difference(one, model.Run(new TextBatch(other)).Logits!.slice(1, 0, one.shape[^2] == 5 ? 5 : long.MaxValue, 1)[0]) > 1e-3, "without a mask it does");
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("parallel-decoder")]
    public void Logits_do_not_depend_on_later_tokens(string family)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var model = TinyText.Build(TinyText.Of(family), TextHead.CausalLanguageModel);
        var ids = TinyText.Ids(1, 9);
        var other = ids.clone();
        other[0, 6].add_(1).remainder_(TinyText.Vocabulary);
        Tensor one = model.call(ids), two = model.call(other);
        Assert.InRange(TinyText.Difference(one[0, TensorIndex.Slice(0, 6)], two[0, TensorIndex.Slice(0, 6)]), 0, 1e-6);
        Assert.True(TinyText.Difference(one[0, 6], two[0, 6]) > 1e-3);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("parallel-decoder")]
    public void A_cache_gives_the_same_as_the_whole_sequence(string family)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var model = TinyText.Build(TinyText.Of(family), TextHead.CausalLanguageModel);
        var ids = TinyText.Ids(2, 10);
        var whole = model.Run(new TextBatch(ids)).Logits!;
        using var cache = new KeyValueCache(10);
        List<Tensor> parts = [];
        // A prompt, a token, and several tokens at once.
        foreach (var (start, end) in new[] { (0, 4), (4, 5), (5, 8), (8, 9), (9, 10) })
            parts.Add(model.Run(new TextBatch(ids.slice(1, start, end, 1)), cache).Logits!);
        Assert.InRange(TinyText.Difference(cat([.. parts], 1), whole), 0, 1e-5);
        Assert.Equal(10, cache.Length);
        var error = Assert.Throws<FrugalException>(() => model.Run(new TextBatch(ids.slice(1, 0, 1, 1)), cache));
        Assert.Contains("holds 10 tokens; 11 are asked for", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fewer_heads_of_keys_are_the_same_as_repeated_ones()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var grouped = TinyText.Build(TinyText.Llama, TextHead.CausalLanguageModel);
        var full = TinyText.Build(TinyText.Llama with { NumKeyValueHeads = 4 }, TextHead.CausalLanguageModel);
        const int headDim = 4;
        full.load_state_dict(grouped.state_dict().ToDictionary(weight => weight.Key, weight => weight.Key.Contains("k_proj", StringComparison.Ordinal) || weight.Key.Contains("v_proj", StringComparison.Ordinal)
            ? weight.Value.view(2, headDim, -1).repeat_interleave(2, 0).reshape(4 * headDim, -1)
            : weight.Value));
        var ids = TinyText.Ids(2, 7);
        Assert.InRange(TinyText.Difference(grouped.call(ids), full.call(ids)), 0, 1e-5);
    }

    [Theory]
    [InlineData("bert", TextHead.SequenceClassification)]
    [InlineData("distilbert", TextHead.SequenceClassification)]
    public void An_encoder_learns_to_tell_texts_apart(string family, TextHead head)
    {
        using var outer = NewDisposeScope();
        var model = TinyText.Of(family).Build(head);
        // The class is whether the first two tokens are in order, which no single token tells.
        Assert.InRange(Accuracy(model, ids => model.Run(new TextBatch(ids)).Logits!, ids => ids.select(1, 0).lt(ids.select(1, 1)).to(int64), updates: 250), 0.95, 1);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void A_decoder_learns_to_continue(string family)
    {
        using var outer = NewDisposeScope();
        var model = TinyText.Of(family).Build(TextHead.CausalLanguageModel);
        // What follows the last token is the one before it, so attention has to look back.
        Assert.InRange(Accuracy(model, ids => model.Run(new TextBatch(ids)).Logits!.select(1, 5), ids => ids.select(1, 4), updates: 250), 0.95, 1);
    }

    [Fact]
    public void Bad_input_is_refused_with_what_would_be_right()
    {
        using var scope = NewDisposeScope();
        var bert = TinyText.Build(TinyText.Bert, TextHead.None);
        Refused(() => bert.Run(new TextBatch(tensor([3L, 23L], [1, 2]))), "has 23 tokens, from 0, and got the id 23");
        // In training and evaluation as well, where a model is called with ids alone.
        Refused(() => bert.call(tensor([3L, 23L], [1, 2])), "got the id 23");
        Refused(() => bert.ForwardFeatures(tensor([-2L], [1, 1])), "got the id -2");
        Refused(() => bert.call(TinyText.Ids(1, 13)), "takes at most 12 tokens, and got 13");
        Refused(() => bert.call(zeros(2, 3)), "takes 64-bit token ids [batch, tokens], and got Float32 [2, 3]");
        Refused(() => bert.Run(new TextBatch(TinyText.Ids(1, 2)) { TokenTypeIds = tensor([0L, 2L], [1, 2]) }), "TokenTypeIds must be from 0 to 1, and hold 2");
        Refused(() => bert.Run(new TextBatch(tensor([-1L], [1, 1]))), "got the id -1");
        Refused(() => bert.Run(new TextBatch(TinyText.Ids(1, 13))), "takes at most 12 tokens, and got 13");
        Refused(() => bert.Run(new TextBatch(zeros(2, 3))), "takes 64-bit token ids [batch, tokens], and got Float32 [2, 3]");
        Refused(() => bert.Run(new TextBatch(TinyText.Ids(2, 3)) { AttentionMask = ones(2, 4) }), "AttentionMask must be [2, 3], and is [2, 4]");
        using var cache = new KeyValueCache(4);
        Refused(() => bert.Run(new TextBatch(TinyText.Ids(1, 2)), cache), "is not causal");
        Refused(() => TinyText.Bert.Build(TextHead.CausalLanguageModel), "bert has no head for CausalLanguageModel; it has None, PreTraining");
        Refused(() => (TinyText.Bert with { NumHeads = 3 }).Build(TextHead.None), "3 heads do not divide a width of 16 evenly");
        Refused(() => (TinyText.Llama with { NumKeyValueHeads = 3 }).Build(TextHead.None), "3 heads of keys and values cannot serve 4");
    }

    private static void Refused(Action action, string expected) => Assert.Contains(expected, Assert.Throws<FrugalException>(action).Message, StringComparison.Ordinal);

    private static double Accuracy(TextModel model, Func<Tensor, Tensor> logits, Func<Tensor, Tensor> label, int updates)
    {
        // Its own fixed start, whatever the generator that all tests share gives.
        var random = new RandomStream(5);
        using (no_grad())
        {
            foreach (var parameter in model.parameters().Where(parameter => parameter.dim() == 2))
                parameter.copy_(tensor([.. Enumerable.Range(0, (int)parameter.numel()).Select(_ => (float)(0.2 * random.NextNormal()))], parameter.shape));
        }
        model.eval();
        using var optimizer = optim.Adam(model.parameters(), 3e-3);
        for (int update = 0; update < updates; update++)
        {
            using var scope = NewDisposeScope();
            var ids = TinyText.Ids(64, 6, seed: update);
            optimizer.zero_grad();
            nn.functional.cross_entropy(logits(ids), label(ids)).backward();
            optimizer.step();
        }
        using var last = NewDisposeScope();
        using var mode = no_grad();
        var test = TinyText.Ids(256, 6, seed: 9999);
        return logits(test).argmax(-1).eq(label(test)).to(float32).mean().item<float>();
    }
}

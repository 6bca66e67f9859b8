using Frugal.Models.Text;
using static TorchSharp.torch;

namespace Frugal.Tests.Models.Text;

/// <summary>Writing on, and how tokens are chosen.</summary>
public class GenerationTests
{
    private static readonly float[] logits = [0, 3, 1, 2, float.NegativeInfinity];

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("parallel-decoder")]
    public void The_likeliest_tokens_are_those_of_the_whole_sequence(string family)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var model = TinyText.Build(TinyText.Of(family), TextHead.CausalLanguageModel);
        model.train();
        List<long> text = [4, 9];
        long[] written = [.. new TextGenerator(model, new SamplingOptions { Temperature = 0 }).Continue(text, 6)];
        Assert.True(model.training, "its mode is as before");
        model.eval();
        foreach (long token in written)
        {
            Assert.Equal(model.call(tensor([.. text], [1, text.Count]))[0, -1].argmax().item<long>(), token);
            text.Add(token);
        }
        Assert.Equal(6, written.Length);
    }

    [Fact]
    public void Writing_ends_at_the_end_token_or_with_the_positions()
    {
        using var model = TinyText.Build(TinyText.Gpt2, TextHead.CausalLanguageModel);
        var generator = new TextGenerator(model, new SamplingOptions { Temperature = 0 });
        long[] written = [.. generator.Continue([1, 2], 100)];
        Assert.Equal(10, written.Length);
        long[] ended = [.. generator.Continue([1, 2], 100, endToken: written[3])];
        Assert.Equal(written[..(Array.IndexOf(written, written[3]) + 1)], ended);
        Assert.Empty(generator.Continue([1, 2], 0));
        Assert.Throws<FrugalException>(() => generator.Continue([], 1));
    }

    [Fact]
    public void Temperature_zero_and_the_top_one_take_the_likeliest()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Assert.Equal(1, new Sampler(new() { Temperature = 0, Seed = seed }).Next(logits));
            Assert.Equal(1, new Sampler(new() { TopK = 1, Seed = seed }).Next(logits));
            Assert.Equal(1, new Sampler(new() { TopP = 0.5, Seed = seed }).Next(logits));
        }
    }

    [Theory]
    [InlineData(1.0, null, 1.0)]
    [InlineData(2.0, null, 1.0)]
    [InlineData(1.0, 2, 1.0)]
    [InlineData(1.0, null, 0.8)]
    public void Tokens_come_as_often_as_they_should(double temperature, int? topK, double topP)
    {
        double[] expected = [.. logits.Select(logit => Math.Exp(logit / temperature))];
        // By likelihood the tokens are 1, 3, 2, 0; two of them hold 0.88 of the probability, one 0.64.
        int kept = topK ?? (topP < 1 ? 2 : 5);
        int[] order = [1, 3, 2, 0, 4];
        foreach (int token in order.Skip(kept))
            expected[token] = 0;
        var sampler = new Sampler(new() { Temperature = temperature, TopK = topK, TopP = topP, Seed = 3 });
        const int draws = 20_000;
        var counts = new int[logits.Length];
        for (int draw = 0; draw < draws; draw++)
            counts[sampler.Next(logits)]++;
        for (int token = 0; token < counts.Length; token++)
            Assert.InRange(counts[token] / (double)draws, expected[token] / expected.Sum() - 0.015, expected[token] / expected.Sum() + 0.015);
    }

    [Fact]
    public void The_same_seed_draws_the_same()
    {
        Sampler one = new(new() { Seed = 8 }), two = new(new() { Seed = 8 });
        for (int draw = 0; draw < 100; draw++)
            Assert.Equal(one.Next(logits), two.Next(logits));
    }

    [Fact]
    public void Damaged_logits_are_refused() => Assert.Throws<FrugalException>(() => new Sampler(new()).Next([0, float.NaN]));
}

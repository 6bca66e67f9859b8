using Frugal.Data;
using Frugal.Data.Text;
using Frugal.Data.Text.Questions;
using Frugal.Data.Text.Sources;
using Frugal.Data.Text.Tokenizers;
using static TorchSharp.torch;

namespace Frugal.Tests.Data.Text;

public class TokenDatasetTests
{
    private static readonly Tokenizer words = WordVocabulary.Build(["the cat sat on the mat while the dog ran"], 20);

    private static (long[] Tokens, long[] Targets) Read(TokenDataset data, int index, int targets, ulong seed = 0)
    {
        long[] tokens = new long[data.Info.Tokens], asked = new long[targets];
        data.Write(index, new RandomStream(seed), tokens, asked);
        return (tokens, asked);
    }

    private static int Id(string word) => words.IdOf(word)!.Value;

    [Fact]
    public void A_labelled_text_stands_in_its_form_and_is_padded()
    {
        var data = new LabelledTokens([new("the cat", 1), new("the dog ran on the mat", 0)], ["no", "yes"], words, 6);
        var (tokens, targets) = Read(data, 0, 1);
        Assert.Equal([words.ClassifyId!.Value, Id("the"), Id("cat"), words.SeparatorId!.Value, words.PaddingId!.Value, words.PaddingId.Value], tokens);
        Assert.Equal([1], targets);
        Assert.Equal(words.SeparatorId.Value, Read(data, 1, 1).Tokens[^1]);
        Assert.Throws<FrugalException>(() => new LabelledTokens([new("the cat", 2)], ["no", "yes"], words, 6));
    }

    [Fact]
    public void A_causal_block_asks_for_the_next_token_also_across_its_end()
    {
        var data = new CausalTokens("the cat sat on the mat while the dog ran", words, 4);
        Assert.Equal(2, data.Count);
        var (tokens, targets) = Read(data, 0, 4);
        Assert.Equal([Id("the"), Id("cat"), Id("sat"), Id("on")], tokens);
        Assert.Equal([Id("cat"), Id("sat"), Id("on"), Id("the")], targets);
        Assert.Equal(targets[^1], Read(data, 1, 4).Tokens[0]);
        Assert.Contains("give a longer text", Assert.Throws<FrugalException>(() => new CausalTokens("the cat", words, 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_masked_block_hides_about_its_share_and_asks_for_nothing_else()
    {
        var data = new MaskedTokens(string.Join(' ', Enumerable.Repeat("the cat sat on the mat while the dog ran", 400)), words, 102, share: 0.2);
        int asked = 0, masked = 0, kept = 0;
        for (int index = 0; index < data.Count; index++)
        {
            var (tokens, targets) = Read(data, index, 102, seed: (ulong)index);
            Assert.Equal((words.ClassifyId!.Value, words.SeparatorId!.Value), (tokens[0], tokens[^1]));
            for (int i = 0; i < tokens.Length; i++)
            {
                if (targets[i] == TargetRows.Ignored)
                    continue;
                asked++;
                masked += tokens[i] == words.MaskId ? 1 : 0;
                kept += tokens[i] == targets[i] ? 1 : 0;
            }
        }
        Assert.InRange(asked / (100.0 * data.Count), 0.18, 0.22);
        Assert.InRange((double)masked / asked, 0.76, 0.86);
        Assert.InRange((double)kept / asked, 0.08, 0.18);
        Assert.Equal(Read(data, 3, 102, seed: 5).Tokens, Read(data, 3, 102, seed: 5).Tokens);
        Assert.NotEqual(Read(data, 3, 102, seed: 5).Tokens, Read(data, 3, 102, seed: 6).Tokens);
    }

    [Fact]
    public void An_answer_is_asked_for_by_its_tokens_and_judged_by_its_words()
    {
        using var scope = NewDisposeScope();
        QuestionAnswer[] questions =
        [
            new("a", "who sat", "the cat sat on the mat", [new("cat", 4)]),
            new("b", "who ran", "while the cat sat on the mat the dog ran", [new("the dog", 29)]),
        ];
        var data = new AnswerTokens(questions, words, 10, overlap: 2);
        var examples = Enumerable.Range(0, data.Count).Select(index => Read(data, index, 2)).ToList();
        Assert.Equal(Id("cat"), examples[0].Tokens[(int)examples[0].Targets[0]]);
        // The second context is too long for one example: the one without the answer asks for the first token.
        Assert.True(data.Count > 3);
        Assert.Contains(examples.Skip(1), example => example.Targets is [0, 0]);
        var whole = examples.Skip(1).Single(example => example.Targets[1] > example.Targets[0]);
        Assert.Equal([Id("the"), Id("dog")], whole.Tokens[(int)whole.Targets[0]..((int)whole.Targets[1] + 1)]);

        Assert.Equal((100, 100), Score(data, examples.Select(example => example.Targets)));
        // Of "the dog" only "dog": articles do not count.
        Assert.Equal((100, 100), Score(data, examples.Select(example => example.Targets[1] > example.Targets[0] ? [example.Targets[1], example.Targets[1]] : example.Targets)));
    }

    private static (double ExactMatch, double F1) Score(TokenDataset data, IEnumerable<long[]> places)
    {
        var logits = zeros(data.Count, data.Info.Tokens, 2);
        foreach (var (index, place) in places.Index())
        {
            // An example without the answer is unsure of everything.
            float strength = place is [0, 0] ? 0 : 5;
            logits[index, place[0], 0] = strength;
            logits[index, place[1], 1] = strength;
        }
        var score = data.StartScore()!;
        score.Add([.. Enumerable.Range(0, data.Count)], logits);
        return (score.Result()["exact-match"], score.Result()["f1"]);
    }

    [Fact]
    public void Chosen_and_held_out_examples_are_those_of_the_source()
    {
        var data = new LabelledTokens([.. Enumerable.Range(0, 20).Select(i => new LabelledText(i % 2 == 0 ? "the cat" : "the dog", i % 2))], ["cat", "dog"], words, 6);
        var (remaining, heldOut) = data.HoldOut(0.2);
        Assert.Equal((16, 4), (remaining.Count, heldOut!.Count));
        Assert.Equal(2, Enumerable.Range(0, 4).Count(index => heldOut.Label(index) == 1));
        Assert.Equal(Read(data, 7, 1).Tokens, Read((TokenDataset)data.Choose([7]), 0, 1).Tokens);
    }

    [Fact]
    public void Generated_sources_are_the_same_every_time_and_differ_by_seed()
    {
        var opinions = new Opinions { Train = 30, Validation = 10, Test = 10 };
        Assert.Equal(opinions.Load(null).Fingerprint, opinions.Load(null).Fingerprint);
        Assert.NotEqual(opinions.Load(null).Fingerprint, new Opinions { Train = 30, Validation = 10, Test = 10, Seed = 1 }.Load(null).Fingerprint);
        var inDomain = new QuestionSource { Train = 20, Validation = 0, Test = 10 }.Load(null);
        var outOfDomain = new QuestionSource { Train = 20, Validation = 0, Test = 10, TestDomains = QuestionDomains.OutOfDomain }.Load(null);
        Assert.Equal(((TokenDataset)inDomain.Train).Hash(), ((TokenDataset)outOfDomain.Train).Hash());
        Assert.NotEqual(((TokenDataset)inDomain.Test).Hash(), ((TokenDataset)outOfDomain.Test).Hash());
    }

    [Fact]
    public void A_text_file_is_cut_into_training_and_test()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("story.txt"), string.Join(' ', Enumerable.Range(0, 500).Select(i => $"word{i % 7}")));
        var splits = new TextFiles { Train = "story.txt", MaxTokens = 8, VocabularySize = 20 }.Load(folder.Path);
        Assert.Equal(((450 - 1) / 8, (50 - 1) / 8), (splits.Train.Count, splits.Test.Count));
        Assert.Contains("missing.txt", Assert.Throws<FrugalException>(() => new TextFiles { Train = "missing.txt" }.Load(folder.Path)).Message, StringComparison.Ordinal);
    }
}

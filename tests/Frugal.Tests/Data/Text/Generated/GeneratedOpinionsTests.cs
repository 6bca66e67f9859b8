using Frugal.Data.Text;
using Frugal.Data.Text.Generated;
using Frugal.Data.Text.Tokenizers;

namespace Frugal.Tests.Data.Text.Generated;

public class GeneratedOpinionsTests(ITestOutputHelper output)
{
    [Fact]
    public void Classes_are_equally_frequent_and_sentences_differ()
    {
        var sentences = new GeneratedOpinions().Generate("train", 2000);
        Assert.Equal(1000, sentences.Sum(sentence => sentence.Label));
        Assert.InRange(sentences.Select(sentence => sentence.Text).Distinct().Count(), 1800, 2000);
        Assert.Equal(sentences.Take(10), new GeneratedOpinions().Generate("train", 10));
        Assert.Empty(sentences.Select(sentence => sentence.Text).Intersect(new GeneratedOpinions { Seed = 1 }.Generate("train", 20).Select(sentence => sentence.Text)));
    }

    /// <summary>Counting words must tell something, so that small models learn, and not much, so that negation matters.</summary>
    [Fact]
    public void Word_counts_are_not_enough()
    {
        double accuracy = OfWordCounts(new GeneratedOpinions());
        double undecided = OfWordCounts(new GeneratedOpinions { Negation = 0.5, Contrast = 0 });
        double easy = OfWordCounts(new GeneratedOpinions { Negation = 0, Contrast = 0 });
        output.WriteLine($"logistic regression on word counts: {accuracy:p1}; with every second clause denied {undecided:p1}; without negation and contrast {easy:p1}");
        Assert.InRange(accuracy, 0.55, 0.75);
        Assert.InRange(undecided, 0.4, 0.6);
        Assert.Equal(1, easy);
    }

    [Fact]
    public void Wrong_options_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new GeneratedOpinions { Negation = -0.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GeneratedOpinions { Contrast = 2 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GeneratedOpinions().Generate("train", 0));
    }

    private static double OfWordCounts(GeneratedOpinions opinions)
    {
        var (train, test) = (opinions.Generate("train", 4000), opinions.Generate("test", 1000));
        var tokenizer = WordVocabulary.Build(train.Select(sentence => sentence.Text), 1000);
        var weights = new double[tokenizer.VocabularySize];
        double Sum(IReadOnlyList<int> ids) => ids.Sum(id => weights[id]);
        (IReadOnlyList<int> Ids, int Label)[] Encoded(IReadOnlyList<LabelledText> sentences) => [.. sentences.Select(sentence => (tokenizer.Encode(sentence.Text), sentence.Label))];
        var examples = Encoded(train);
        for (int epoch = 0; epoch < 8; epoch++)
        {
            foreach (var (ids, label) in examples)
            {
                double error = label - 1 / (1 + Math.Exp(-Sum(ids)));
                foreach (int id in ids)
                    weights[id] += 0.02 * error;
            }
        }
        return Encoded(test).Average(example => Sum(example.Ids) > 0 == (example.Label == 1) ? 1.0 : 0.0);
    }
}

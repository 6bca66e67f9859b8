using Frugal.Data;
using Frugal.Data.Text;
using Frugal.Data.Text.Generated;
using Frugal.Data.Text.Sources;
using static TorchSharp.torch;

namespace Frugal.Tests.Data.Text.Generated;

public class DomainSequencesTests
{
    private static (long[] Tokens, long[] Targets) Read(DomainSequences data, int index)
    {
        long[] tokens = new long[data.Info.Tokens], targets = new long[data.Info.Tokens];
        data.Write(index, new RandomStream(0), tokens, targets);
        return (tokens, targets);
    }

    [Fact]
    public void A_sequence_names_its_domain_and_follows_its_rule()
    {
        var rules = new DomainRules { Regularity = 1 };
        var data = new DomainSequences(rules, "train", 3, 16);
        Assert.Equal(12, data.Count);
        Assert.Equal(24, data.Info.VocabularySize);
        for (int index = 0; index < data.Count; index++)
        {
            int domain = data.Label(index), offset = rules.Offsets[domain];
            Assert.Equal(index / 3, domain);
            var (tokens, targets) = Read(data, index);
            Assert.Equal(20 + domain, tokens[0]);
            Assert.Equal(tokens[1..], targets[..^1]);
            for (int t = offset + 1; t < tokens.Length; t++)
                Assert.Equal(rules.Permutation(domain)[(int)tokens[t - offset]], tokens[t]);
        }
        Assert.NotEqual(rules.Permutation(0), rules.Permutation(1));
    }

    [Fact]
    public void Nine_of_ten_tokens_follow_and_splits_differ()
    {
        var rules = new DomainRules { Offsets = [2] };
        var data = new DomainSequences(rules, "train", 300, 32);
        int follow = 0, all = 0;
        for (int index = 0; index < data.Count; index++)
        {
            long[] tokens = Read(data, index).Tokens;
            for (int t = 3; t < tokens.Length; t++, all++)
                follow += rules.Permutation(0)[(int)tokens[t - 2]] == tokens[t] ? 1 : 0;
        }
        // 0.9 and a twentieth of the rest.
        Assert.InRange(follow / (double)all, 0.89, 0.92);
        Assert.NotEqual(Read(data, 0).Tokens, Read(new DomainSequences(rules, "test", 1, 32), 0).Tokens);
        Assert.Equal(Read(data, 0).Tokens, Read(new DomainSequences(rules, "train", 1, 32), 0).Tokens);
    }

    [Fact]
    public void Only_places_that_every_rule_reaches_are_judged_and_each_domain_by_itself()
    {
        var splits = new SequenceSource { Train = 2, Test = 2, Validation = 0 }.Load(null);
        Assert.Null(splits.Validation);
        var test = (DomainSequences)splits.Test;
        Assert.Equal(7, Read(test, 5).Targets.Count(target => target == TargetRows.Ignored));
        Assert.DoesNotContain(TargetRows.Ignored, Read((DomainSequences)splits.Train, 5).Targets);
        var score = test.StartScore();
        using var scope = NewDisposeScope();
        var outputs = zeros(2, 32, 24);
        // Certain of the right token in domain 1, and of nothing in domain 3.
        outputs[0] = 50 * nn.functional.one_hot(tensor(Read(test, 2).Targets).clamp(0), 24).to(float32);
        score.Add([2, 6], outputs);
        var result = score.Result();
        Assert.Equal(["loss-1", "loss-3"], result.Keys.Order());
        Assert.Equal(0, result["loss-1"], 6);
        Assert.Equal(Math.Log(24), result["loss-3"], 5);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DomainRules { Offsets = [] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequenceSource { Offsets = [0] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DomainSequences(new DomainRules(), "train", 1, 8, 9));
    }
}

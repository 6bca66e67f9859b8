using static TorchSharp.torch;

namespace Frugal.Data.Text.Generated;

/// <summary>
/// Sequences of tokens from several domains, made from a seed. The first token names the domain; later ones follow, more often than not, from the token some places before them by a permutation of the symbols, and both the
/// distance and the permutation are the domain's own. Examples stand domain by domain.
/// </summary>
public sealed class DomainSequences : TokenDataset
{
    private readonly DomainRules rules;
    private readonly int perDomain, firstAsked;
    private readonly int[][] sequences;

    /// <param name="rules">What the sequences are like.</param>
    /// <param name="split">Name of the split; another one has other sequences.</param>
    /// <param name="perDomain">Sequences of each domain.</param>
    /// <param name="tokens">Tokens of an example; a sequence has one more, which is asked for last.</param>
    /// <param name="firstAsked">Place of the first token that is asked for, 1 or more: tokens before it may be too early to follow from another.</param>
    public DomainSequences(DomainRules rules, string split, int perDomain, int tokens, int firstAsked = 1)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentException.ThrowIfNullOrEmpty(split);
        this.rules = rules;
        this.perDomain = Guard.AtLeast(perDomain, 1, nameof(perDomain));
        this.firstAsked = Guard.Between(firstAsked, 1, tokens, nameof(firstAsked));
        Info = new TextInfo(TextTask.CausalLanguageModel, rules.VocabularySize, Guard.AtLeast(tokens, 2, nameof(tokens)), null, []);
        var streams = new RandomStreams(rules.Seed);
        sequences = [.. Enumerable.Range(0, rules.Offsets.Count * perDomain).Select(i => rules.Sequence(i / perDomain, tokens + 1, streams.At($"domain sequences: {split}", i / perDomain, i % perDomain)))];
    }

    /// <inheritdoc/>
    public override int Count => sequences.Length;

    /// <inheritdoc/>
    public override TextInfo Info { get; }

    /// <summary>The domain of an example.</summary>
    public override int Label(int index) => index / perDomain;

    /// <inheritdoc/>
    public override void Write(int index, RandomStream random, Span<long> tokens, Span<long> targets)
    {
        int[] sequence = sequences[index];
        for (int i = 0; i < tokens.Length; i++)
            (tokens[i], targets[i]) = (sequence[i], i + 1 < firstAsked ? TargetRows.Ignored : sequence[i + 1]);
    }

    /// <summary>Measures each domain by itself: <c>loss-0</c>, <c>loss-1</c>, …</summary>
    public override ITextScore StartScore() => new DomainScore(this, rules.Offsets.Count);

    private sealed class DomainScore(DomainSequences data, int domains) : ITextScore
    {
        private readonly double[] loss = new double[domains], asked = new double[domains];

        public void Add(IReadOnlyList<int> examples, Tensor outputs)
        {
            using var scope = NewDisposeScope();
            long[] tokens = new long[data.Info.Tokens], targets = new long[data.Info.Tokens];
            foreach (var (row, example) in examples.Index())
            {
                data.Write(example, new RandomStream(0), tokens, targets);
                var rows = TargetRows.Of(TargetKind.Tokens, outputs.narrow(0, row, 1), tensor(targets).unsqueeze(0));
                loss[data.Label(example)] += nn.functional.cross_entropy(rows.Logits, rows.Targets, reduction: nn.Reduction.Sum).item<float>();
                asked[data.Label(example)] += rows.Targets.shape[0];
            }
        }

        public IReadOnlyDictionary<string, double> Result() => Enumerable.Range(0, domains).Where(domain => asked[domain] > 0).ToDictionary(domain => $"loss-{domain}", domain => loss[domain] / asked[domain]);
    }
}

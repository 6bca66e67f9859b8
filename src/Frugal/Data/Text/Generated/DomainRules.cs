namespace Frugal.Data.Text.Generated;

/// <summary>What the sequences of each domain are like (see <see cref="DomainSequences"/>).</summary>
public sealed class DomainRules
{
    private readonly Lazy<int[][]> permutations;

    /// <summary>The usual rules.</summary>
    public DomainRules() => permutations = new(() =>
        [.. Enumerable.Range(0, Offsets.Count).Select(domain => new RandomStreams(Seed).At("domain permutations", domain).NextPermutation(Symbols))]);

    /// <summary>Seed of permutations and sequences.</summary>
    public long Seed { get; init; }

    /// <summary>For each domain, how many places before it the token stands that decides one; each 1 or more. Default 1, 3, 5, 7.</summary>
    public IReadOnlyList<int> Offsets
    {
        get;
        init => field = value is { Count: > 0 } && value.All(offset => offset > 0) ? value : throw new ArgumentOutOfRangeException(nameof(Offsets), value, "Offsets must be one or more positive numbers");
    } = [1, 3, 5, 7];

    /// <summary>Tokens beside those that name domains, 2 or more. Default 20.</summary>
    public int Symbols { get; init => field = Guard.AtLeast(value, 2); } = 20;

    /// <summary>Share of tokens that follow from an earlier one, where there is one; the others are any symbol. Default 0.9.</summary>
    public double Regularity { get; init => field = Guard.Between(value, 0, 1); } = 0.9;

    /// <summary>Number of tokens that there are: symbols, then one for each domain.</summary>
    public int VocabularySize => Symbols + Offsets.Count;

    /// <summary>What follows from each symbol in a domain.</summary>
    public IReadOnlyList<int> Permutation(int domain) => permutations.Value[domain];

    /// <summary>A sequence.</summary>
    /// <param name="domain">Its domain.</param>
    /// <param name="length">Number of tokens, the one that names the domain included.</param>
    /// <param name="random">Where its chances come from.</param>
    internal int[] Sequence(int domain, int length, RandomStream random)
    {
        int[] sequence = new int[length];
        sequence[0] = Symbols + domain;
        int offset = Offsets[domain];
        for (int t = 1; t < length; t++)
            sequence[t] = random.NextBool(Regularity) && t - offset >= 1 ? permutations.Value[domain][sequence[t - offset]] : random.NextInt(Symbols);
        return sequence;
    }
}

using Frugal.Catalogue;
using Frugal.Data.Text.Generated;

namespace Frugal.Data.Text.Sources;

/// <summary>
/// Token sequences of several domains for language models, generated from a seed and the same on every machine: nothing to download. Each domain has a rule of its own by which tokens follow from earlier ones (see
/// <see cref="DomainSequences"/>). Training sequences stand domain by domain, so that <c>examples</c> of a training step can choose one; every domain is measured by itself as well.
/// </summary>
[Entry("domain-sequences")]
public sealed class SequenceSource : DataSource
{
    /// <summary>Training sequences of each domain, at least 1.</summary>
    [Range(1, 10_000_000)]
    public int Train { get; init => field = Guard.Between(value, 1, 10_000_000); } = 5000;

    /// <summary>Validation sequences of each domain, 0 for none.</summary>
    [Range(0, 10_000_000)]
    public int Validation { get; init => field = Guard.Between(value, 0, 10_000_000); } = 50;

    /// <summary>Test sequences of each domain, at least 1.</summary>
    [Range(1, 10_000_000)]
    public int Test { get; init => field = Guard.Between(value, 1, 10_000_000); } = 100;

    /// <summary>Tokens of an example.</summary>
    [Range(2, 65_536)]
    public int MaxTokens { get; init => field = Guard.Between(value, 2, 65_536); } = 32;

    /// <summary>For each domain, how many places before it the token stands that decides one.</summary>
    public IReadOnlyList<int> Offsets { get; init => field = new DomainRules { Offsets = value }.Offsets; } = [1, 3, 5, 7];

    /// <summary>Tokens beside those that name domains.</summary>
    [Range(2, 1_000_000)]
    public int Symbols { get; init => field = Guard.Between(value, 2, 1_000_000); } = 20;

    /// <summary>Share of tokens that follow from an earlier one.</summary>
    [Range(0, 1)]
    public double Regularity { get; init => field = Guard.Between(value, 0, 1); } = 0.9;

    /// <summary>Seed of rules and sequences; another seed gives other ones of the same kind.</summary>
    [Range(long.MinValue, long.MaxValue)]
    public long Seed { get; init; }

    /// <inheritdoc/>
    public override DataSplits Load(string? dataDir)
    {
        var rules = new DomainRules { Seed = Seed, Offsets = Offsets, Symbols = Symbols, Regularity = Regularity };
        // Judged are the places that every domain's rule reaches.
        int firstAsked = Math.Min(Offsets.Max() + 1, MaxTokens);
        var train = new DomainSequences(rules, "train", Train, MaxTokens);
        var validation = Validation == 0 ? null : new DomainSequences(rules, "validation", Validation, MaxTokens, firstAsked);
        var test = new DomainSequences(rules, "test", Test, MaxTokens, firstAsked);
        return new DataSplits(train, validation, test, Fingerprint.Of("domain-sequences", MaxTokens, train.Hash(), validation?.Hash() ?? "", test.Hash()));
    }
}

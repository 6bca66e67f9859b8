using Frugal.Catalogue;
using Frugal.Data.Text.Generated;

namespace Frugal.Data.Text.Sources;

/// <summary>Sequences of random symbols, to be told apart by which of the first two symbols occurs more often; generated from a seed, nothing to download (see <see cref="SymbolCounts"/>).</summary>
[Entry("symbol-majority")]
public sealed class SymbolMajority : DataSource
{
    /// <summary>Training sequences.</summary>
    [Range(1, 10_000_000)]
    public int Train { get; init => field = Guard.Between(value, 1, 10_000_000); } = 8000;

    /// <summary>Validation sequences, 0 for none.</summary>
    [Range(0, 10_000_000)]
    public int Validation { get; init => field = Guard.Between(value, 0, 10_000_000); } = 500;

    /// <summary>Test sequences.</summary>
    [Range(1, 10_000_000)]
    public int Test { get; init => field = Guard.Between(value, 1, 10_000_000); } = 2000;

    /// <summary>Number of symbols.</summary>
    [Range(2, 65_536)]
    public int Symbols { get; init => field = Guard.Between(value, 2, 65_536); } = 16;

    /// <summary>Symbols of a sequence.</summary>
    [Range(1, 65_536)]
    public int Length { get; init => field = Guard.Between(value, 1, 65_536); } = 128;

    /// <summary>Seed of the sequences; another seed gives other ones of the same kind.</summary>
    [Range(long.MinValue, long.MaxValue)]
    public long Seed { get; init; }

    /// <inheritdoc/>
    public override DataSplits Load(string? dataDir)
    {
        SymbolCounts Of(string split, int count) => new(split, count, Symbols, Length, Seed);
        var (train, test) = (Of("train", Train), Of("test", Test));
        return new DataSplits(train, Validation == 0 ? null : Of("validation", Validation), test, Fingerprint.Of("symbol-majority", Train, Validation, Test, Symbols, Length, Seed));
    }
}

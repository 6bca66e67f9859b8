namespace Frugal.Data.Text.Generated;

/// <summary>
/// Sequences of random symbols, each as probable as the others, and which of the first two occurs more often: class 0 for the first, 1 for the second. Sequences with as many of either are drawn again. Made from a
/// seed, the same on every machine.
/// </summary>
/// <param name="split">Name of the split; different names give different sequences.</param>
/// <param name="count">How many sequences.</param>
/// <param name="symbols">Number of symbols, 2 or more.</param>
/// <param name="length">Symbols of a sequence, 1 or more.</param>
/// <param name="seed">Seed of the sequences.</param>
public sealed class SymbolCounts(string split, int count, int symbols = 16, int length = 128, long seed = 0) : TokenDataset
{
    private readonly RandomStreams random = new(seed);

    /// <inheritdoc/>
    public override int Count { get; } = Guard.AtLeast(count, 1, nameof(count));

    /// <inheritdoc/>
    public override TextInfo Info { get; } = new(TextTask.SequenceClassification, Guard.AtLeast(symbols, 2, nameof(symbols)), Guard.AtLeast(length, 1, nameof(length)), null, ["first", "second"]);

    /// <inheritdoc/>
    public override int Label(int index)
    {
        long[] tokens = new long[Info.Tokens];
        return Draw(index, tokens);
    }

    /// <inheritdoc/>
    public override void Write(int index, RandomStream random, Span<long> tokens, Span<long> targets) => targets[0] = Draw(index, tokens);

    private int Draw(int index, Span<long> tokens)
    {
        var stream = random.At($"symbols {split}", index);
        while (true)
        {
            int lead = 0;
            for (int i = 0; i < tokens.Length; i++)
            {
                tokens[i] = stream.NextInt(Info.VocabularySize);
                lead += tokens[i] switch { 0 => 1, 1 => -1, _ => 0 };
            }
            if (lead != 0)
                return lead > 0 ? 0 : 1;
        }
    }
}

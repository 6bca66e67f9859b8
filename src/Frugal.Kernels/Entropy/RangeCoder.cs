namespace Frugal.Kernels;

/// <summary>
/// Codes whole numbers into nearly as many bits as their probabilities ask for, and back without a difference: asymmetric numeral systems (Duda 2013, arXiv 1311.2540) with a 64-bit state and 32-bit
/// words. The byte strings are those of CompressAI's coder.
/// </summary>
/// <remarks>
/// What goes in last comes out first, so numbers are coded from the last to the first. A number outside its table is written as the escape symbol, then how many groups of four bits it has, then the groups, the
/// lowest first; negative distances are odd, positive ones even.
/// </remarks>
public static class RangeCoder
{
    /// <summary>The state is at least 2 to this power, between symbols.</summary>
    internal const int LowestBits = 31;

    internal const ulong Lowest = 1UL << LowestBits;

    private const int GroupBits = 4, GroupMask = (1 << GroupBits) - 1;

    /// <summary>Codes rows of numbers, each row by its own table.</summary>
    /// <param name="numbers">The rows one after the other, all of one length.</param>
    /// <param name="tables">A table for each row.</param>
    /// <returns>The bytes: the final state, then words of four bytes, little-endian.</returns>
    /// <exception cref="ArgumentException">The numbers do not divide into as many rows as there are tables.</exception>
    public static byte[] Encode(ReadOnlySpan<int> numbers, IReadOnlyList<CodingTable> tables)
    {
        int row = RowLength(numbers.Length, tables);
        var words = new WordStack(numbers.Length / 2 + 16);
        ulong state = Lowest;
        for (int r = tables.Count - 1; r >= 0; r--)
        {
            var table = tables[r];
            var of = numbers.Slice(r * row, row);
            for (int i = of.Length - 1; i >= 0; i--)
            {
                long symbol = (long)of[i] - table.Offset;
                if ((ulong)symbol >= (ulong)table.Length)
                    PushEscaped(ref state, words, table.Length, symbol, out symbol);
                ref readonly var coded = ref table.Symbol((int)symbol);
                if (state >= coded.Limit)
                {
                    words.Push((uint)state);
                    state >>= 32;
                }
                state = coded.Push(state);
            }
        }
        words.Push((uint)(state >> 32));
        words.Push((uint)state);
        return words.ToBytes();
    }

    /// <summary>Gives back the numbers that <see cref="Encode"/> took.</summary>
    /// <param name="bytes">What it returned; the bytes need not be trusted.</param>
    /// <param name="tables">The tables it was given.</param>
    /// <param name="numbers">Takes the numbers.</param>
    /// <exception cref="FrugalException">The bytes are not what these tables make of as many numbers.</exception>
    /// <exception cref="ArgumentException">The numbers do not divide into as many rows as there are tables.</exception>
    public static void Decode(ReadOnlySpan<byte> bytes, IReadOnlyList<CodingTable> tables, Span<int> numbers)
    {
        int row = RowLength(numbers.Length, tables);
        var reader = new WordReader(bytes);
        for (int r = 0; r < tables.Count; r++)
        {
            var table = tables[r];
            var of = numbers.Slice(r * row, row);
            for (int i = 0; i < of.Length; i++)
            {
                int symbol = table.Find(reader.Point);
                reader.Pop(table.Symbol(symbol));
                long number = table.Offset + (symbol < table.Length ? symbol : PopEscaped(ref reader, table.Length));
                of[i] = number == (int)number ? (int)number : throw new FrugalException("The coded bytes are broken: a number of more than 32 bits.");
            }
        }
        reader.RequireEnd();
    }

    private static int RowLength(int count, IReadOnlyList<CodingTable> tables)
    {
        ArgumentNullException.ThrowIfNull(tables);
        return tables.Count > 0 && count % tables.Count == 0
            ? count / tables.Count
            : throw new ArgumentException($"{count} numbers do not divide into rows for {tables.Count} tables.", nameof(tables));
    }

    private static void PushEscaped(ref ulong state, WordStack words, int length, long symbol, out long escape)
    {
        ulong raw = symbol < 0 ? (ulong)(-2 * symbol - 1) : (ulong)(2 * (symbol - length));
        int groups = (67 - System.Numerics.BitOperations.LeadingZeroCount(raw)) / GroupBits;
        for (int group = groups - 1; group >= 0; group--)
            PushGroup(ref state, words, (uint)(raw >> (group * GroupBits)) & GroupMask);
        PushGroup(ref state, words, (uint)groups); // below 15: a number has nine groups at most
        escape = length;
    }

    private static void PushGroup(ref ulong state, WordStack words, uint bits)
    {
        if (state >= 1UL << (LowestBits + 32 - GroupBits))
        {
            words.Push((uint)state);
            state >>= 32;
        }
        state = (state << GroupBits) | bits;
    }

    private static long PopEscaped(ref WordReader reader, int length)
    {
        uint groups = reader.PopBits(GroupBits);
        if (groups > 9)
            throw new FrugalException($"The coded bytes are broken: a number of {groups} groups of four bits.");
        long raw = 0;
        for (int group = 0; group < groups; group++)
            raw |= (long)reader.PopBits(GroupBits) << (group * GroupBits);
        return (raw & 1) == 1 ? -((raw + 1) / 2) : length + raw / 2;
    }
}

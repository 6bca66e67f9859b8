namespace Frugal.Kernels;

/// <summary>
/// Turns probabilities into whole numbers that a range coder can split its range by: a cumulative table from 0 to 65,536 in which every symbol has a width of at least 1, so that every symbol can be
/// coded, also one of probability 0. The same table as CompressAI makes of the same probabilities.
/// </summary>
public static class CdfQuantizer
{
    /// <summary>Bits of precision.</summary>
    public const int Precision = 16;

    /// <summary>The sum of all widths.</summary>
    public const int Total = 1 << Precision;

    /// <summary>The cumulative table, one entry longer than the probabilities.</summary>
    /// <param name="probabilities">From 2 to 65,535 numbers that are 0 or more and not all so small that they round to 0.</param>
    /// <exception cref="ArgumentException">There are fewer or more, or they are not probabilities.</exception>
    public static int[] Quantize(ReadOnlySpan<float> probabilities)
    {
        if (probabilities.Length is < 2 or >= Total)
            throw new ArgumentException($"A table has from 2 to {Total - 1} symbols, got {probabilities.Length}.", nameof(probabilities));
        var table = new int[probabilities.Length + 1];
        ulong sum = 0;
        for (int i = 0; i < probabilities.Length; i++)
        {
            if (!(probabilities[i] is >= 0 and <= 2))
                throw new ArgumentException(FormattableString.Invariant($"Probability {i} is {probabilities[i]}; it must be between 0 and 1."), nameof(probabilities));
            table[i + 1] = (int)MathF.Round(probabilities[i] * Total, MidpointRounding.AwayFromZero);
            sum += (ulong)table[i + 1];
        }
        if (sum == 0)
            throw new ArgumentException($"All probabilities are below 1/{2 * Total}.", nameof(probabilities));
        for (int i = 1; i < table.Length; i++)
            table[i] = (int)(((ulong)table[i] << Precision) / sum) + table[i - 1];
        table[^1] = Total;
        WidenEmpty(table);
        return table;
    }

    // A symbol of no width takes 1 from the narrowest that has more than that; the bounds between the two move by 1.
    private static void WidenEmpty(int[] table)
    {
        for (int i = 0; i < table.Length - 1; i++)
        {
            if (table[i] != table[i + 1])
                continue;
            int donor = NarrowestAboveOne(table);
            for (int bound = donor + 1; bound <= i; bound++)
                table[bound]--;
            for (int bound = i + 1; bound <= donor; bound++)
                table[bound]++;
        }
    }

    private static int NarrowestAboveOne(int[] table)
    {
        int narrowest = -1, width = int.MaxValue;
        for (int i = 0; i < table.Length - 1; i++)
            if (table[i + 1] - table[i] is > 1 and var here && here < width)
                (narrowest, width) = (i, here);
        return narrowest; // there is one: fewer symbols than 65,536 share that width
    }
}

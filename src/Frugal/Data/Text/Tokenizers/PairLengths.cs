namespace Frugal.Data.Text.Tokenizers;

/// <summary>How many tokens of each of two texts are kept.</summary>
internal static class PairLengths
{
    /// <summary>The lengths after truncation to <paramref name="room"/> tokens together.</summary>
    /// <exception cref="FrugalException">The text that may be cut cannot make up for it, or none may be.</exception>
    public static (int First, int Second) Of(int first, int second, int room, Truncation truncation)
    {
        long excess = (long)first + second - room;
        if (excess <= 0)
            return (first, second);
        return truncation switch
        {
            Truncation.LongestFirst => LongestFirst(first, second, room),
            Truncation.OnlyFirst when first > excess => ((int)(first - excess), second),
            Truncation.OnlySecond when second > excess => (first, (int)(second - excess)),
            Truncation.Refuse => throw new FrugalException($"The two texts have {first} and {second} tokens, {excess} more than there is room for."),
            _ => throw new FrugalException($"The two texts have {first} and {second} tokens, {excess} more than there is room for, and the {(truncation == Truncation.OnlyFirst ? "first" : "second")} alone cannot be cut by so many."),
        };
    }

    // The slow tokenizer's rule, in one go: the longer is cut to the shorter's length, then both in turn, the second one first.
    private static (int First, int Second) LongestFirst(int first, int second, int room)
    {
        int shorter = Math.Min(first, second);
        if (2L * shorter > room)
            return ((room + 1) / 2, room / 2);
        return first > second ? (room - second, second) : (first, room - first);
    }
}

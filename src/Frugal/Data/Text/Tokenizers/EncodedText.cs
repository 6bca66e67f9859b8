namespace Frugal.Data.Text.Tokenizers;

/// <summary>A text or a pair of texts as a model takes it, with where each token came from. All lists are of one length; nothing is padded.</summary>
/// <param name="Ids">Numbers of the tokens, special ones included.</param>
/// <param name="SegmentIds">0 or 1 for each token, as the tokenizer's form says.</param>
/// <param name="Texts">Which text each token is of: 0 the first, 1 the second, -1 for a special token.</param>
/// <param name="Offsets">Start and end (exclusive) of each token in its own text, in UTF-16 code units; 0 and 0 for a special token.</param>
public sealed record EncodedText(IReadOnlyList<int> Ids, IReadOnlyList<int> SegmentIds, IReadOnlyList<int> Texts, IReadOnlyList<(int Start, int End)> Offsets)
{
    /// <summary>Number of tokens.</summary>
    public int Count => Ids.Count;

    /// <summary>Whether the segments are what the ids alone tell: 1 behind the first token that ends a text, as BERT's form has it.</summary>
    /// <param name="separator">Id of that token.</param>
    public bool IsTold(int separator)
    {
        int end = Ids.TakeWhile(id => id != separator).Count();
        return SegmentIds.Select((segment, place) => segment == (place > end ? 1 : 0)).All(isSo => isSo);
    }

    /// <summary>
    /// The first and the last token that overlap the characters from <paramref name="start"/> to <paramref name="end"/>, or null where these characters were cut off in part or
    /// as a whole.
    /// </summary>
    /// <param name="start">First character, in UTF-16 code units.</param>
    /// <param name="end">End, exclusive.</param>
    /// <param name="text">Of which text, 0 or 1.</param>
    public (int First, int Last)? TokensOver(int start, int end, int text)
    {
        int first = -1, last = -1, textStart = int.MaxValue, textEnd = -1;
        for (int i = 0; i < Count; i++)
        {
            if (Texts[i] != text)
                continue;
            (textStart, textEnd) = (Math.Min(textStart, Offsets[i].Start), Math.Max(textEnd, Offsets[i].End));
            if (Offsets[i].Start >= end || Offsets[i].End <= start)
                continue;
            first = first < 0 ? i : first;
            last = i;
        }
        return first < 0 || start < textStart || end > textEnd ? null : (first, last);
    }

    /// <summary>The characters from the first token's start to the last one's end; both must be of one text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is not there, is special, or of the other text; or the last comes before the first.</exception>
    public (int Start, int End) CharactersOf(int first, int last)
    {
        Guard.Between(first, 0, Count - 1, nameof(first));
        Guard.Between(last, first, Count - 1, nameof(last));
        return Texts[first] >= 0 && Texts[first] == Texts[last]
            ? (Offsets[first].Start, Offsets[last].End)
            : throw new ArgumentOutOfRangeException(nameof(last), last, $"tokens {first} and {last} are not of one text");
    }
}

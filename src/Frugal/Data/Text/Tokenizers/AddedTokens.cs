using System.Buffers;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>Finds added tokens in a text: the leftmost first, and of several at one place the longest.</summary>
internal sealed class AddedTokens
{
    private readonly AddedToken[] tokens;
    private readonly SearchValues<string> texts;
    private readonly Dictionary<int, AddedToken> byId;

    public AddedTokens(IReadOnlyList<AddedToken> tokens)
    {
        this.tokens = [.. tokens.OrderByDescending(token => token.Text.Length).ThenBy(token => token.Id)];
        byId = new Dictionary<int, AddedToken>();
        foreach (var token in tokens)
        {
            if (token.Text.Length == 0 || token.Id < 0)
                throw new FrugalException($"An added token must have a text and an id of 0 or more; one has '{token.Text}' and {token.Id}.");
            if (!byId.TryAdd(token.Id, token))
                throw new FrugalException($"The added tokens '{byId[token.Id].Text}' and '{token.Text}' have the same id, {token.Id}.");
        }
        if (tokens.GroupBy(token => token.Text, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new FrugalException($"The added token '{twice.Key}' has more than one id: {string.Join(", ", twice.Select(token => token.Id))}.");
        texts = SearchValues.Create([.. this.tokens.Select(token => token.Text)], StringComparison.Ordinal);
    }

    /// <summary>All of them, the longest first.</summary>
    public IReadOnlyList<AddedToken> All => tokens;

    /// <summary>The one with this id, or null.</summary>
    public AddedToken? WithId(int id) => byId.GetValueOrDefault(id);

    /// <summary>Cuts a text into added tokens and what is between them, which has no token; nothing is empty.</summary>
    public IEnumerable<(int Start, int End, AddedToken? Token)> Cut(string text)
    {
        int at = 0;
        while (at < text.Length)
        {
            int found = tokens.Length == 0 ? -1 : text.AsSpan(at).IndexOfAny(texts);
            if (found < 0)
            {
                yield return (at, text.Length, null);
                yield break;
            }
            var token = Array.Find(tokens, token => text.AsSpan(at + found).StartsWith(token.Text, StringComparison.Ordinal))!;
            int start = at + found, end = start + token.Text.Length;
            while (token.StripsLeft && start > at && char.IsWhiteSpace(text[start - 1]))
                start--;
            while (token.StripsRight && end < text.Length && char.IsWhiteSpace(text[end]))
                end++;
            if (start > at)
                yield return (at, start, null);
            yield return (start, end, token);
            at = end;
        }
    }
}

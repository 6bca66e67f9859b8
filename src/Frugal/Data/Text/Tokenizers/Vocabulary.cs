using Frugal.Interop;

namespace Frugal.Data.Text.Tokenizers;

/// <summary>Tokens by id and ids by token: a list without gaps, and added tokens that may lie beyond it.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> ids;
    private readonly Dictionary<int, string> beyond = [];

    /// <param name="tokens">The tokens in the order of their ids.</param>
    /// <param name="source">Where they are from, for messages.</param>
    /// <exception cref="FrugalException">There are none, or one is there twice.</exception>
    public Vocabulary(IReadOnlyList<string> tokens, string source)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.Count == 0)
            throw new FrugalException($"{source} has no tokens.");
        Tokens = tokens;
        Source = source;
        ids = new Dictionary<string, int>(tokens.Count, StringComparer.Ordinal);
        foreach (var (id, token) in tokens.Index())
        {
            if (!ids.TryAdd(token, id))
                throw new FrugalException($"{source} has the token {Refusal.Quote(token)} twice, as {ids[token]} and as {id}; each must be there once.");
        }
        Size = tokens.Count;
    }

    private Vocabulary(Vocabulary vocabulary, IReadOnlyList<AddedToken> added)
    {
        Tokens = vocabulary.Tokens;
        Source = vocabulary.Source;
        ids = new Dictionary<string, int>(vocabulary.ids, StringComparer.Ordinal);
        Size = Tokens.Count;
        foreach (var token in added)
        {
            if (ids.TryGetValue(token.Text, out int id) ? id != token.Id : token.Id < Tokens.Count)
                throw new FrugalException(
                    $"The added token {Refusal.Quote(token.Text)} has the id {token.Id}, but {Source} has {(token.Id < Tokens.Count ? Refusal.Quote(Tokens[token.Id]) : $"it as {id}")}.");
            ids[token.Text] = token.Id;
            if (token.Id >= Tokens.Count)
                beyond[token.Id] = token.Text;
            Size = Math.Max(Size, token.Id + 1);
        }
    }

    /// <summary>The tokens in the order of their ids, without those beyond.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>Where they are from.</summary>
    public string Source { get; }

    /// <summary>The highest id plus one.</summary>
    public int Size { get; }

    /// <summary>The same with added tokens.</summary>
    /// <exception cref="FrugalException">One contradicts the list.</exception>
    public Vocabulary With(IReadOnlyList<AddedToken> added) => new(this, added);

    /// <summary>Added tokens together with those special ones that the list has.</summary>
    public IReadOnlyList<AddedToken> WithSpecials(SpecialTokens special, IReadOnlyList<AddedToken> added) =>
    [
        .. added,
        .. special.All.Where(token => ids.ContainsKey(token) && added.All(other => other.Text != token)).Select(token => new AddedToken(token, ids[token])),
    ];

    /// <summary>The id of a token, or null.</summary>
    public int? IdOf(string? token) => token is not null && ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>The token with this id.</summary>
    /// <exception cref="FrugalException">There is none.</exception>
    public string TokenOf(int id) => id >= 0 && id < Tokens.Count
        ? Tokens[id]
        : beyond.GetValueOrDefault(id) ?? throw new FrugalException($"No token has the id {id}; {Source} has {Size} tokens.");

    /// <summary>Refuses a vocabulary without one of these tokens.</summary>
    /// <exception cref="FrugalException">One is missing.</exception>
    public void Require(IEnumerable<string> tokens)
    {
        string[] missing = [.. tokens.Where(token => !ids.ContainsKey(token)).Distinct()];
        if (missing.Length > 0)
            throw new FrugalException($"{Source} lacks the special token{(missing.Length > 1 ? "s" : "")} {string.Join(", ", missing.Select(Refusal.Quote))}.");
    }
}

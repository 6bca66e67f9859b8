using Frugal.Layers;

namespace Frugal.Models.Text;

/// <summary>A text that is read and gone on with by an <see cref="ExpertServer"/>, a token at a time.</summary>
public sealed class ServedRequest : IDisposable
{
    private readonly List<long> tokens;
    private readonly List<int> experts = [];
    private readonly int prompt, newTokens;
    private readonly long? endToken;

    internal ServedRequest(IReadOnlyList<long> prompt, int newTokens, long? endToken)
    {
        (tokens, this.prompt, this.newTokens, this.endToken) = ([.. prompt], prompt.Count, newTokens, endToken);
        (Seen, Routed) = (new(prompt.Count + newTokens), new(prompt.Count + newTokens));
    }

    /// <summary>The new tokens so far.</summary>
    public IReadOnlyList<long> Written => [.. tokens.Skip(prompt)];

    /// <summary>The expert of each token that is known: of the prompt's from the beginning, of a new one's that others follow from when it was written.</summary>
    public IReadOnlyList<int> Experts => experts;

    /// <summary>True when all new tokens are written, or the one that ends the text; where none are wanted, when the prompt is read.</summary>
    public bool IsDone => newTokens == 0 ? Computed == prompt : tokens.Count == prompt + newTokens || tokens.Count > prompt && tokens[^1] == endToken;

    /// <summary>How many tokens the layers have seen.</summary>
    internal int Computed => (int)Seen.Length;

    /// <summary>Whether the layers have seen all tokens that are known, and a new one follows.</summary>
    internal bool Asks => Computed == tokens.Count && !IsDone;

    /// <summary>The expert of the next token that the layers see; null when there is none.</summary>
    internal int? NextExpert => IsDone ? null : ExpertAt(Computed);

    /// <summary>Keys and values of the layers, and of the router, which is ahead of them.</summary>
    internal KeyValueCache Seen { get; }

    internal KeyValueCache Routed { get; }

    /// <summary>All tokens, the prompt's first.</summary>
    internal IReadOnlyList<long> Tokens => tokens;

    internal void Write(long token) => tokens.Add(token);

    internal void Know(IEnumerable<int> more) => experts.AddRange(more);

    /// <summary>The expert of a token, or null where it is not known.</summary>
    internal int? ExpertAt(int token) => token < experts.Count ? experts[token] : null;

    /// <summary>Gives the memory of its keys and values back.</summary>
    public void Dispose()
    {
        Seen.Dispose();
        Routed.Dispose();
    }
}

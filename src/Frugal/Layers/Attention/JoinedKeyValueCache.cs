using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// The caches of several sequences as that of one batch, so that sequences of different lengths go on together: keys and values stand aligned at their ends, with padding in front of the shorter ones, which
/// <see cref="Mask"/> hides. Each part keeps what is its own, and stays its owner's.
/// </summary>
internal sealed class JoinedKeyValueCache : KeyValueCache
{
    private readonly IReadOnlyList<KeyValueCache> parts;

    /// <param name="parts">A cache for each sequence of the batch, in its order.</param>
    public JoinedKeyValueCache(IReadOnlyList<KeyValueCache> parts) : base(parts.Max(part => part.Capacity)) => this.parts = parts;

    /// <summary>Tokens of the longest.</summary>
    public override long Length { get => parts.Max(part => part.Length); private protected set { } }

    /// <summary>Which keys are a sequence's own when it goes on by so many tokens, <c>[batch, longest + tokens]</c>: 1, or 0 for padding.</summary>
    public Tensor Mask(long tokens)
    {
        using var scope = NewDisposeScope();
        var inFront = tensor(parts.Select(part => Length - part.Length).ToArray()).unsqueeze(1);
        return arange(Length + tokens).unsqueeze(0).ge(inFront).to(int64).MoveToOuterDisposeScope();
    }

    /// <summary>Places of each sequence's next tokens, <c>[batch, tokens]</c>.</summary>
    public Tensor Positions(long tokens)
    {
        using var scope = NewDisposeScope();
        return (tensor(parts.Select(part => part.Length).ToArray()).unsqueeze(1) + arange(tokens).unsqueeze(0)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        using var scope = NewDisposeScope();
        long length = Length;
        var all = parts.Select((part, row) =>
        {
            var (own, ownValues) = part.Append(layer, keys.narrow(0, row, 1), values.narrow(0, row, 1));
            return (Keys: AtEnd(own), Values: AtEnd(ownValues));
            Tensor AtEnd(Tensor kept) => nn.functional.pad(kept, [0, 0, length - part.Length, 0]);
        }).ToList();
        return (cat([.. all.Select(each => each.Keys)], 0).MoveToOuterDisposeScope(), cat([.. all.Select(each => each.Values)], 0).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    internal override void Advance(long tokens)
    {
        foreach (var part in parts)
            part.Advance(tokens);
    }
}

using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Keys and values of the tokens that a causal model has seen, so that each new token costs one query instead of all of them again. Memory for <see cref="Capacity"/> tokens is taken
/// once; dispose of it to give it back.
/// </summary>
public class KeyValueCache : IDisposable
{
    private readonly Dictionary<int, (Tensor Keys, Tensor Values)> layers = [];

    /// <param name="capacity">Most tokens, the prompt included.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public KeyValueCache(long capacity) => Capacity = Guard.AtLeast(capacity, 1, nameof(capacity));

    /// <summary>Most tokens that fit.</summary>
    public long Capacity { get; }

    /// <summary>Tokens that are kept.</summary>
    public virtual long Length { get; private protected set; }

    /// <summary>Keeps a layer's new keys and values behind the old ones, and returns all of them.</summary>
    /// <param name="layer">The layer, from 0; below 0 for what looks at the tokens before the layers do.</param>
    /// <param name="keys"><c>[batch, heads, new tokens, width]</c>.</param>
    /// <param name="values">Likewise.</param>
    /// <exception cref="FrugalException">There is no room for them.</exception>
    internal virtual (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        long added = keys.shape[2], end = Length + added;
        if (end > Capacity)
            throw new FrugalException($"The key-value cache holds {Capacity} tokens; {end} are asked for.");
        if (!layers.TryGetValue(layer, out var kept))
            layers[layer] = kept = (Empty(keys), Empty(values));
        var (allKeys, allValues) = kept;
        allKeys.narrow(2, Length, added).copy_(keys);
        allValues.narrow(2, Length, added).copy_(values);
        return (allKeys.narrow(2, 0, end), allValues.narrow(2, 0, end));
    }

    /// <summary>Counts the tokens that every layer has kept by now.</summary>
    internal virtual void Advance(long tokens) => Length += tokens;

    /// <summary>Forgets what came after so many tokens; nothing where it holds no more than these.</summary>
    internal void Truncate(long tokens) => Length = Math.Min(Length, Guard.NotNegative(tokens, nameof(tokens)));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (keys, values) in layers.Values)
        {
            keys.Dispose();
            values.Dispose();
        }
        layers.Clear();
        Length = 0;
        GC.SuppressFinalize(this);
    }

    // It outlives the scope of the call that made it.
    private Tensor Empty(Tensor like) =>
        empty([like.shape[0], like.shape[1], Capacity, like.shape[3]], like.dtype, like.device).DetachFromDisposeScope();
}

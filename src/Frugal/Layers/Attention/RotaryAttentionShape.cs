namespace Frugal.Layers;

/// <summary>Sizes and options of causal attention with rotary positions.</summary>
internal sealed record RotaryAttentionShape
{
    /// <param name="dim">Width of a token.</param>
    /// <param name="numHeads">Heads of queries.</param>
    /// <param name="keyValueHeads">Heads of keys and values, each of which serves as many heads of queries.</param>
    /// <param name="headDim">Width of a head; even.</param>
    /// <exception cref="FrugalException">The heads of keys and values do not divide those of queries.</exception>
    public RotaryAttentionShape(long dim, long numHeads, long keyValueHeads, long headDim)
    {
        if (numHeads % keyValueHeads != 0)
            throw new FrugalException($"attention: {keyValueHeads} heads of keys and values cannot serve {numHeads} heads of queries evenly");
        (Dim, NumHeads, KeyValueHeads, HeadDim) = (dim, numHeads, keyValueHeads, headDim);
    }

    /// <summary>Width of a token.</summary>
    public long Dim { get; }

    /// <summary>Heads of queries.</summary>
    public long NumHeads { get; }

    /// <summary>Heads of keys and values.</summary>
    public long KeyValueHeads { get; }

    /// <summary>Width of a head.</summary>
    public long HeadDim { get; }

    /// <summary>Whether the projections have biases.</summary>
    public bool HasBias { get; init; }

    /// <summary>Dropout of attention weights.</summary>
    public double DropRate { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public double RotaryTheta { get; init; } = 10_000;

    /// <summary>How the frequencies are scaled for longer texts, or null.</summary>
    public RotaryScaling? RotaryScaling { get; init; }

    /// <summary>What turns queries and keys.</summary>
    public RotaryEmbedding Rotary() => new(HeadDim, RotaryTheta, RotaryScaling);
}

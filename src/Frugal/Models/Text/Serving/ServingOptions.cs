using Frugal.Layers.Experts;

namespace Frugal.Models.Text;

/// <summary>How a pre-gated model is served.</summary>
public sealed record ServingOptions
{
    /// <summary>Experts that are in memory at a time, each for all layers.</summary>
    public int CacheCapacity { get; init => field = Guard.AtLeast(value, 1); } = 3;

    /// <summary>Which expert leaves for one that is missing.</summary>
    public EvictionPolicy Policy { get; init; } = EvictionPolicy.Belady;

    /// <summary>Most tokens of a batch, each of another request.</summary>
    public int MaxTokens { get; init => field = Guard.AtLeast(value, 1); } = 16;

    /// <summary>How new tokens are chosen; the likeliest when not given.</summary>
    public SamplingOptions Sampling { get; init; } = new() { Temperature = 0 };
}

namespace Frugal.Layers.Experts;

/// <summary>What a request for an expert came to.</summary>
/// <param name="IsHit">True when the expert was in the cache.</param>
/// <param name="Evicted">The expert that left for it; null where none had to.</param>
public readonly record struct CacheAccess(bool IsHit, int? Evicted);

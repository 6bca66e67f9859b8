namespace Frugal.Layers.Experts;

/// <summary>Which expert leaves a full cache for one that is missing.</summary>
public enum EvictionPolicy
{
    /// <summary>The one whose next use lies farthest ahead among the requests that are known (Belady 1966); of several that no request asks for, the least recently used one, then the last by number.</summary>
    Belady,

    /// <summary>The least recently used one.</summary>
    Lru,

    /// <summary>The one that came first.</summary>
    Fifo,

    /// <summary>Any of them.</summary>
    Random,
}

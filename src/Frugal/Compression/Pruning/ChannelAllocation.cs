namespace Frugal.Compression.Pruning;

/// <summary>How a removal is shared out among the groups of channels.</summary>
public enum ChannelAllocation
{
    /// <summary>The same share of every group.</summary>
    Uniform,

    /// <summary>The least important channels, wherever they are.</summary>
    Global,
}

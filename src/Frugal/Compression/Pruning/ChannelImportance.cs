namespace Frugal.Compression.Pruning;

/// <summary>By what a channel is judged.</summary>
public enum ChannelImportance
{
    /// <summary>
    /// The sum of the absolute weights that make, carry and read the channel (Li et al. 2017, "Pruning filters for efficient ConvNets", arXiv 1608.08710, over whole groups as in Fang et al. 2023,
    /// arXiv 2301.12900). Each weight is taken relative to the mean of its channels, so that it counts the same whatever its size.
    /// </summary>
    L1,

    /// <summary>The absolute scale in the batch norms that the channel passes (Liu et al. 2017, "Network slimming", arXiv 1708.06519). Channels that pass none stay.</summary>
    Scale,
}

namespace Frugal.Training.Methods.Pruning;

/// <summary>What a convolution with learned thresholds costs, in multiply-adds of one example.</summary>
/// <param name="Positions">Positions of its output, height times width.</param>
/// <param name="KernelArea">Points of its kernel.</param>
/// <param name="InChannels">Channels of its input.</param>
/// <param name="OutChannels">Filters.</param>
/// <param name="Rank">Channels inside the bypass; 0 without one.</param>
internal sealed record PrunableUnit(long Positions, long KernelArea, long InChannels, long OutChannels, long Rank)
{
    /// <summary>
    /// The unit, by position among all, whose filters alone make the input channels, so that those that it loses are lost here too; null where others make some of them, or a bypass fills all.
    /// </summary>
    public int? Producer { get; init; }

    /// <summary>Multiply-adds of one filter on one input channel.</summary>
    public long PerPair => Positions * KernelArea;

    /// <summary>Multiply-adds of the bypass: depthwise 3x3 where the kernel is larger than a point, and two 1x1 convolutions.</summary>
    public long Bypass => Rank == 0 ? 0 : Positions * ((KernelArea > 1 ? 9 * InChannels : 0) + Rank * InChannels + Rank * OutChannels);

    /// <summary>Multiply-adds of the convolution with all filters and no bypass.</summary>
    public long Full => PerPair * InChannels * OutChannels;
}

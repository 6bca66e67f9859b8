namespace Frugal.Training.Methods.Pruning;

/// <summary>What a convolution with learned thresholds costs, in multiply-adds of one example (filters are removed, input channels are not, since the bypass fills all of them).</summary>
/// <param name="Positions">Positions of its output, height times width.</param>
/// <param name="KernelArea">Points of its kernel.</param>
/// <param name="InChannels">Channels of its input.</param>
/// <param name="OutChannels">Filters.</param>
/// <param name="Rank">Channels inside the bypass; 0 without one.</param>
internal sealed record PrunableUnit(long Positions, long KernelArea, long InChannels, long OutChannels, long Rank)
{
    /// <summary>Multiply-adds of one filter.</summary>
    public long PerFilter => Positions * KernelArea * InChannels;

    /// <summary>Multiply-adds of the bypass: depthwise 3x3 where the kernel is larger than a point, and two 1x1 convolutions.</summary>
    public long Bypass => Rank == 0 ? 0 : Positions * ((KernelArea > 1 ? 9 * InChannels : 0) + Rank * InChannels + Rank * OutChannels);

    /// <summary>Multiply-adds of the convolution with all filters and no bypass.</summary>
    public long Full => PerFilter * OutChannels;
}

namespace Frugal.Data;

/// <summary>What a model must know of the data it is for.</summary>
/// <param name="Channels">Channels of an image.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="ClassNames">Names of the classes, in the order of their labels.</param>
/// <param name="Mean">Mean of each channel, pixels scaled to [0, 1], as subtracted by the loader.</param>
/// <param name="Std">Standard deviation of each channel, by which the loader divides.</param>
public sealed record DataInfo(
    int Channels, int Height, int Width, IReadOnlyList<string> ClassNames, IReadOnlyList<double> Mean, IReadOnlyList<double> Std)
{
    /// <summary>Number of classes.</summary>
    public int NumClasses => ClassNames.Count;
}

using static TorchSharp.torch;

namespace Frugal.Data;

/// <summary>What a model must know of images.</summary>
/// <param name="Channels">Channels of an image.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="ClassNames">Names of the classes, in the order of their labels.</param>
/// <param name="Mean">Mean of each channel, pixels scaled to [0, 1], as subtracted by the loader.</param>
/// <param name="Std">Standard deviation of each channel, by which the loader divides.</param>
public sealed record ImageInfo(
    int Channels, int Height, int Width, IReadOnlyList<string> ClassNames, IReadOnlyList<double> Mean, IReadOnlyList<double> Std) : DataInfo(ClassNames)
{
    /// <inheritdoc/>
    public override IReadOnlyList<long> InputShape => [Channels, Height, Width];

    /// <inheritdoc/>
    public override Tensor RandomInputs(long batch, Device device, Generator? generator = null) => randn([batch, Channels, Height, Width], generator: generator).to(device);
}

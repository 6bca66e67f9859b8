namespace Frugal.Models;

/// <summary>What a network was published for.</summary>
/// <param name="NumClasses">Number of classes.</param>
/// <param name="Channels">Channels of the image.</param>
/// <param name="Size">Height and width of the image.</param>
public sealed record PublishedInput(int NumClasses, int Channels, ImageSize Size)
{
    /// <summary>1000 classes, colour, 224 pixels.</summary>
    public static PublishedInput ImageNet { get; } = new(1000, 3, 224);

    /// <summary>10 classes, colour, 32 pixels.</summary>
    public static PublishedInput Cifar { get; } = new(10, 3, 32);

    /// <summary>10 classes, grey, 28 pixels.</summary>
    public static PublishedInput Digits { get; } = new(10, 1, 28);
}

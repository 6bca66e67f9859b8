namespace Frugal.Kernels;

/// <summary>Outputs that are computed together.</summary>
/// <param name="Block">Number of the block of images that they are of.</param>
/// <param name="FirstImage">First image of the block.</param>
/// <param name="Images">Images of the block.</param>
/// <param name="First">First output, counted over the images of the block.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Vectors">Vectors that hold them.</param>
internal readonly record struct PixelTile(int Block, int FirstImage, int Images, int First, int Count, int Vectors);

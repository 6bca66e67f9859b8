namespace Frugal.Kernels;

/// <summary>Outputs of one row of an image that lie next to each other in a tile.</summary>
/// <param name="Source">Where the first one's pixels begin in the planes.</param>
/// <param name="Lane">Where it stands in the tile.</param>
/// <param name="Count">How many there are.</param>
internal readonly record struct PixelRun(int Source, int Lane, int Count);

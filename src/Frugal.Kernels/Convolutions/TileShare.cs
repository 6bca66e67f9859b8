namespace Frugal.Kernels;

/// <summary>How threads share a convolution: its tiles where there are enough, and else its channels; then each lays all tiles for itself.</summary>
internal static class TileShare
{
    /// <summary>Tiles of a thread from which on one more or less does not count.</summary>
    private const int ManyTiles = 4;

    /// <summary>Whether threads share the tiles.</summary>
    public static bool IsByTiles(int tiles, int parts) => tiles >= ManyTiles * parts || tiles % parts == 0;

    /// <summary>First tile of a part.</summary>
    public static int Boundary(int count, int part, int parts) => (int)((long)count * part / parts);

    /// <summary>Floats of a buffer that the next one follows on a cache line.</summary>
    public static nint RoundUp(nint floats) => (floats + 15) / 16 * 16;
}

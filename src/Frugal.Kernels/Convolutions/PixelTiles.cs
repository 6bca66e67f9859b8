namespace Frugal.Kernels;

/// <summary>How the outputs of a convolution's call are cut into tiles: images of few outputs are taken together, so that few lanes stay empty.</summary>
internal readonly struct PixelTiles
{
    /// <summary>Images of fewer outputs are taken together.</summary>
    private const int MinPixels = 256;

    /// <summary>A tile that fills more of the second cache than this leaves no room for the weights.</summary>
    private const int MaxTileBytes = 512 * 1024;

    private readonly int _pixels;
    private readonly int _batch;

    public PixelTiles(in PatchPlan plan, int batch, SimdLevel level)
    {
        (_pixels, _batch) = (plan.Pixels, batch);
        BlockImages = Math.Min(batch, (MinPixels + _pixels - 1) / _pixels);
        var most = (long)BlockImages * _pixels;
        Lanes = most <= 4 || level == SimdLevel.Portable ? 4 : most <= 8 || level == SimdLevel.Avx2 ? 8 : 16;
        var fitting = Math.Max(1, MaxTileBytes / sizeof(float) / Lanes / plan.Shape.InFeatures);
        MaxVectors = (int)Math.Min(Math.Min((most + Lanes - 1) / Lanes, fitting), level >= SimdLevel.Avx512 ? TokenDriver.MaxVectors : TokenDriver.MaxVectors / 2);
        TilesOfBlock = TilesOf(BlockImages);
        var (blocks, last) = Math.DivRem(batch, BlockImages);
        Count = checked(blocks * TilesOfBlock + (last == 0 ? 0 : TilesOf(last)));
    }

    /// <summary>Images that are laid together.</summary>
    public int BlockImages { get; }

    /// <summary>Outputs in a vector: the narrowest that takes all of them, up to the processor's widest.</summary>
    public int Lanes { get; }

    /// <summary>Vectors across a tile at most.</summary>
    public int MaxVectors { get; }

    /// <summary>Lanes of a tile at most.</summary>
    public int MaxWidth => Lanes * MaxVectors;

    /// <summary>Tiles of the call.</summary>
    public int Count { get; }

    private int TilesOfBlock { get; }

    /// <summary>One of the tiles. They are of nearly equal width: a narrow one at the end would load each weight for little.</summary>
    public PixelTile At(int number)
    {
        var (block, tile) = Math.DivRem(number, TilesOfBlock);
        var images = Math.Min(BlockImages, _batch - block * BlockImages);
        int pixels = images * _pixels, vectors = (pixels + Lanes - 1) / Lanes, tiles = TilesOf(images);
        int first = (int)((long)vectors * tile / tiles), end = (int)((long)vectors * (tile + 1) / tiles);
        return new(block, block * BlockImages, images, first * Lanes, Math.Min(end * Lanes, pixels) - first * Lanes, end - first);
    }

    private int TilesOf(int images)
    {
        var vectors = (images * _pixels + Lanes - 1) / Lanes;
        return (vectors + MaxVectors - 1) / MaxVectors;
    }
}

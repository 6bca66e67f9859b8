using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>
/// One call of a convolution with a sparse weight: for each tile of outputs the pixels under the kernel are laid once, then strips of channels are summed and stored.
/// Tiles reach over the ends of rows and, where images are small, of images.
/// </summary>
/// <remarks>Threads share the tiles where there are enough, and else the channels; then each lays all tiles for itself. Sums do not depend on it.</remarks>
internal unsafe struct ConvolutionTask<TKernel> : IKernelTask where TKernel : struct, ISparseKernel
{
    /// <summary>Images of fewer outputs are taken together, so that few lanes stay empty.</summary>
    private const int MinPixels = 256;

    /// <summary>A tile that fills more of the second cache than this leaves no room for the weights.</summary>
    private const int MaxTileBytes = 512 * 1024;

    /// <summary>Outputs between two stores, unless a group has more.</summary>
    private const int StripOutputs = 64;

    /// <summary>Tiles of a thread from which on one more or less does not count.</summary>
    private const int ManyTiles = 4;

    private readonly TKernel _kernel;
    private readonly PatchPlan _plan;
    private readonly PixelStore _store;
    private readonly float* _input;
    private readonly int* _starts;
    private readonly int _groups;
    private readonly int _batch;
    private readonly int _inFeatures;
    private readonly SimdLevel _level;

    /// <param name="starts">First block of each group, and the number of blocks behind the last.</param>
    public ConvolutionTask(TKernel kernel, int* starts, int groups, in PatchPlan plan, float* input, int batch, PixelStore store, SimdLevel level)
    {
        _kernel = kernel;
        _plan = plan;
        _store = store;
        _input = input;
        _starts = starts;
        _groups = groups;
        _batch = batch;
        _inFeatures = plan.Shape.InFeatures;
        _level = level;
    }

    /// <summary>Scratch memory that each thread needs.</summary>
    public readonly nint ScratchBytes => sizeof(float) * (PlaneFloats + TileFloats + (nint)Strip * MaxWidth);

    private readonly int BlockImages => Math.Min(_batch, (MinPixels + _plan.Pixels - 1) / _plan.Pixels);

    private readonly nint PlaneFloats => _plan.IsDirect ? 0 : RoundUp((nint)BlockImages * _plan.ImageSize + PatchTile.Slack);

    private readonly nint TileFloats => RoundUp((nint)_inFeatures * MaxWidth + PatchTile.Slack);

    private readonly int Strip => Math.Max(StripOutputs, _kernel.GroupHeight);

    /// <summary>Outputs in a vector: the narrowest that takes all of them, up to the processor's widest.</summary>
    private readonly int Lanes
    {
        get
        {
            var pixels = (long)BlockImages * _plan.Pixels;
            return pixels <= 4 || _level == SimdLevel.Portable ? 4 : pixels <= 8 || _level == SimdLevel.Avx2 ? 8 : 16;
        }
    }

    private readonly int MaxVectors
    {
        get
        {
            var needed = ((long)BlockImages * _plan.Pixels + Lanes - 1) / Lanes;
            var fitting = Math.Max(1, MaxTileBytes / sizeof(float) / Lanes / _inFeatures);
            return (int)Math.Min(Math.Min(needed, fitting), _level >= SimdLevel.Avx512 ? TokenDriver.MaxVectors : TokenDriver.MaxVectors / 2);
        }
    }

    private readonly int MaxWidth => Lanes * MaxVectors;

    public readonly void Run(int part, int parts, byte* scratch)
    {
        var tiles = Tiles(BlockImages);
        int full = _batch / BlockImages, last = _batch % BlockImages;
        var all = full * tiles + (last == 0 ? 0 : Tiles(last));
        int firstTile = 0, endTile = all, firstGroup = 0, endGroup = _groups;
        if (all >= ManyTiles * parts || all % parts == 0)
            (firstTile, endTile) = ((int)((long)all * part / parts), (int)((long)all * (part + 1) / parts));
        else
            (firstGroup, endGroup) = (Boundary(part, parts), Boundary(part + 1, parts));
        if (firstTile == endTile || firstGroup == endGroup)
            return;
        if (Lanes == 16)
            Run<Lanes512, Vector512<float>>(firstTile, endTile, firstGroup, endGroup, scratch);
        else if (Lanes == 8)
            Run<Lanes256, Vector256<float>>(firstTile, endTile, firstGroup, endGroup, scratch);
        else
            Run<Lanes128, Vector128<float>>(firstTile, endTile, firstGroup, endGroup, scratch);
    }

    private readonly void Run<TLanes, TVector>(int firstTile, int endTile, int firstGroup, int endGroup, byte* scratch)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var planes = (float*)scratch;
        var tile = planes + PlaneFloats;
        var sums = tile + TileFloats;
        var tilesOfBlock = Tiles(BlockImages);
        var laid = -1;
        for (var i = firstTile; i < endTile; i++)
        {
            var (block, number) = Math.DivRem(i, tilesOfBlock);
            var firstImage = block * BlockImages;
            var images = Math.Min(BlockImages, _batch - firstImage);
            var source = _input + (nint)firstImage * _plan.Shape.InChannels * _plan.Height * _plan.Width;
            if (!_plan.IsDirect && laid != block)
                PatchPlanes.Fill(_plan, source, images, planes);
            laid = block;
            var pixels = images * _plan.Pixels;
            // Tiles of nearly equal width: a narrow one at the end would load each weight for little.
            int vectors = (pixels + TLanes.Count - 1) / TLanes.Count, tiles = Tiles(images);
            int firstVector = (int)((long)vectors * number / tiles), endVector = (int)((long)vectors * (number + 1) / tiles);
            int first = firstVector * TLanes.Count, count = Math.Min(endVector * TLanes.Count, pixels) - first, width = (endVector - firstVector) * TLanes.Count;
            PatchTile.Fill<TLanes, TVector>(_plan, _plan.IsDirect ? source : planes, first, count, tile, width);
            var stripGroups = Math.Max(1, StripOutputs / _kernel.GroupHeight);
            for (var group = firstGroup; group < endGroup; group += stripGroups)
            {
                var groups = Math.Min(stripGroups, endGroup - group);
                _kernel.Accumulate<TLanes, TVector>(group, groups, tile, endVector - firstVector, sums);
                var firstOutput = group * _kernel.GroupHeight;
                var outputs = Math.Min(groups * _kernel.GroupHeight, _store.OutChannels - firstOutput);
                _store.Block<TLanes, TVector>(sums, width, firstOutput, outputs, (long)firstImage * _plan.Pixels + first, count);
            }
        }
    }

    private readonly int Tiles(int images)
    {
        var vectors = (images * _plan.Pixels + Lanes - 1) / Lanes;
        return (vectors + MaxVectors - 1) / MaxVectors;
    }

    private readonly int Boundary(int part, int parts) => SparseGroups.Boundary(_starts, _groups, _kernel.GroupHeight, part, parts);

    private static nint RoundUp(nint floats) => (floats + 15) / 16 * 16;
}

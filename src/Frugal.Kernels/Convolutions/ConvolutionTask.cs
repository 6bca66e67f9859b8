using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>
/// One call of a convolution with a sparse weight: for each tile of outputs the pixels under the kernel are laid once, then strips of channels are summed and stored.
/// Tiles reach over the ends of rows and, where images are small, of images.
/// </summary>
/// <remarks>Sums do not depend on how threads share the work.</remarks>
internal unsafe struct ConvolutionTask<TKernel> : IKernelTask where TKernel : struct, ISparseKernel
{
    /// <summary>Outputs between two stores, unless a group has more.</summary>
    private const int StripOutputs = 64;

    private readonly TKernel _kernel;
    private readonly PatchPlan _plan;
    private readonly PixelStore _store;
    private readonly float* _input;
    private readonly int* _starts;
    private readonly int _groups;
    private readonly PixelTiles _tiles;

    /// <param name="starts">First block of each group, and the number of blocks behind the last.</param>
    public ConvolutionTask(TKernel kernel, int* starts, int groups, in PatchPlan plan, float* input, int batch, PixelStore store, SimdLevel level)
    {
        _kernel = kernel;
        _plan = plan;
        _store = store;
        _input = input;
        _starts = starts;
        _groups = groups;
        _tiles = new(plan, batch, level);
    }

    /// <summary>Scratch memory that each thread needs.</summary>
    public readonly nint ScratchBytes => sizeof(float) * (PlaneFloats + TileFloats + (nint)Math.Max(StripOutputs, _kernel.GroupHeight) * _tiles.MaxWidth);

    private readonly nint PlaneFloats => _plan.IsDirect ? 0 : TileShare.RoundUp((nint)_tiles.BlockImages * _plan.ImageSize + PatchTile.Slack);

    private readonly nint TileFloats => TileShare.RoundUp((nint)_plan.Shape.InFeatures * _tiles.MaxWidth + PatchTile.Slack);

    public readonly void Run(int part, int parts, byte* scratch)
    {
        int firstTile = 0, endTile = _tiles.Count, firstGroup = 0, endGroup = _groups;
        if (TileShare.IsByTiles(_tiles.Count, parts))
            (firstTile, endTile) = (TileShare.Boundary(_tiles.Count, part, parts), TileShare.Boundary(_tiles.Count, part + 1, parts));
        else
            (firstGroup, endGroup) = (Boundary(part, parts), Boundary(part + 1, parts));
        if (firstTile == endTile || firstGroup == endGroup)
            return;
        if (_tiles.Lanes == 16)
            Run<Lanes512, Vector512<float>>(firstTile, endTile, firstGroup, endGroup, scratch);
        else if (_tiles.Lanes == 8)
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
        var stripGroups = Math.Max(1, StripOutputs / _kernel.GroupHeight);
        var laid = -1;
        for (var i = firstTile; i < endTile; i++)
        {
            var at = _tiles.At(i);
            var source = _input + (nint)at.FirstImage * _plan.Shape.InChannels * _plan.Height * _plan.Width;
            if (!_plan.IsDirect && laid != at.Block)
                PatchPlanes.Fill(_plan, source, at.Images, planes);
            laid = at.Block;
            var width = at.Vectors * TLanes.Count;
            PatchTile.Fill<TLanes, TVector>(_plan, _plan.IsDirect ? source : planes, at.First, at.Count, tile, width);
            for (var group = firstGroup; group < endGroup; group += stripGroups)
            {
                var groups = Math.Min(stripGroups, endGroup - group);
                _kernel.Accumulate<TLanes, TVector>(group, groups, tile, at.Vectors, sums);
                var firstOutput = group * _kernel.GroupHeight;
                var outputs = Math.Min(groups * _kernel.GroupHeight, _store.OutChannels - firstOutput);
                _store.Block<TLanes, TVector>(sums, width, firstOutput, outputs, (long)at.FirstImage * _plan.Pixels + at.First, at.Count);
            }
        }
    }

    private readonly int Boundary(int part, int parts) => SparseGroups.Boundary(_starts, _groups, _kernel.GroupHeight, part, parts);
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Frugal.Kernels;

/// <summary>
/// One call of a convolution with coded inputs. Each image is quantised once, over its own range, as whole numbers without their zero, so that padding stays zero; then for each tile of outputs the pixels
/// under the kernel are laid, turned so that those of an output lie together, and stored as bytes, and from there it goes as in a linear layer.
/// </summary>
internal unsafe struct CodedConvolutionTask<TProduct> : IKernelTask where TProduct : struct, IPanelProduct
{
    private const int Pair = 2;
    private const int PairOutputs = Pair * Panel.Outputs;

    private readonly TProduct _product;
    private readonly PatchPlan _plan;
    private readonly PixelStore _store;
    private readonly PixelTiles _tiles;
    private readonly float* _input;
    private readonly float* _scales;
    private readonly int* _columnSums;
    private readonly int _inFeatures;

    public CodedConvolutionTask(TProduct product, OutputCodes outputs, in PatchPlan plan, float* input, int batch, PixelStore store, SimdLevel level)
    {
        _product = product;
        _plan = plan;
        _store = store;
        _tiles = new(plan, batch, level);
        _input = input;
        _scales = outputs.Scales.Pointer;
        _columnSums = outputs.ColumnSums.Pointer;
        _inFeatures = plan.Shape.InFeatures;
    }

    /// <summary>Scratch memory that each thread needs.</summary>
    public readonly nint ScratchBytes =>
        sizeof(float) * (PlaneFloats + ImageFloats + TileFloats + TurnedFloats + 2 * ValueFloats) + (nint)_tiles.MaxWidth * Pitch + SumBytes + Aligned(_product.ScratchBytes) + _tiles.BlockImages * sizeof(RowCode);

    private readonly nint PlaneFloats => TileShare.RoundUp((nint)_tiles.BlockImages * _plan.ImageSize + PatchTile.Slack);

    private readonly nint ImageFloats => TileShare.RoundUp((nint)_plan.Shape.InChannels * _plan.Height * _plan.Width);

    private readonly nint TileFloats => TileShare.RoundUp(TileShare.RoundUp(_inFeatures) * _tiles.MaxWidth + PatchTile.Slack);

    private readonly nint TurnedFloats => TileShare.RoundUp(_inFeatures) * _tiles.Lanes;

    private readonly nint ValueFloats => (nint)PairOutputs * _tiles.MaxWidth;

    private static int SumBytes => Panel.StepBytes * Pair * PanelCode.MaxRows;

    private readonly int Pitch => Panel.Pitch(_product.Steps);

    public readonly void Run(int part, int parts, byte* scratch)
    {
        int firstTile = 0, endTile = _tiles.Count, firstPair = 0, endPair = Panel.Count(_store.OutChannels) / Pair;
        if (TileShare.IsByTiles(_tiles.Count, parts))
            (firstTile, endTile) = (TileShare.Boundary(_tiles.Count, part, parts), TileShare.Boundary(_tiles.Count, part + 1, parts));
        else
            (firstPair, endPair) = (TileShare.Boundary(endPair, part, parts), TileShare.Boundary(endPair, part + 1, parts));
        if (firstTile == endTile || firstPair == endPair)
            return;
        if (_tiles.Lanes == 16)
            Run<Lanes512, Vector512<float>>(firstTile, endTile, firstPair, endPair, scratch);
        else if (_tiles.Lanes == 8)
            Run<Lanes256, Vector256<float>>(firstTile, endTile, firstPair, endPair, scratch);
        else
            Run<Lanes128, Vector128<float>>(firstTile, endTile, firstPair, endPair, scratch);
    }

    private readonly void Run<TLanes, TVector>(int firstTile, int endTile, int firstPair, int endPair, byte* scratch)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var planes = (float*)scratch;
        var tile = planes + PlaneFloats + ImageFloats;
        var codes = (byte*)(tile + TileFloats + TurnedFloats + 2 * ValueFloats);
        var prepared = codes + (nint)_tiles.MaxWidth * Pitch + SumBytes;
        var imageCodes = (RowCode*)(prepared + Aligned(_product.ScratchBytes));
        var laid = -1;
        for (var i = firstTile; i < endTile; i++)
        {
            var at = _tiles.At(i);
            if (laid != at.Block)
                Quantize<TLanes, TVector>(at, planes, imageCodes);
            laid = at.Block;
            var width = at.Vectors * TLanes.Count;
            PatchTile.Fill<TLanes, TVector>(_plan, planes, at.First, at.Count, tile, width);
            Encode<TLanes, TVector>(at, tile, width, tile + TileFloats, imageCodes, codes);
            for (var pair = firstPair; pair < endPair; pair++)
                Multiply<TLanes, TVector>(at, pair, codes, imageCodes, prepared, tile + TileFloats + TurnedFloats);
        }
    }

    /// <summary>Images as whole numbers, <c>round(x / scale)</c>, in planes.</summary>
    private readonly void Quantize<TLanes, TVector>(PixelTile at, float* planes, RowCode* imageCodes)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var image = planes + PlaneFloats;
        var count = _plan.Shape.InChannels * _plan.Height * _plan.Width;
        for (var i = 0; i < at.Images; i++)
        {
            var source = _input + (nint)(at.FirstImage + i) * count;
            imageCodes[i] = RowQuantizer.Measure<TLanes, TVector>(source, count);
            Round<TLanes, TVector>(source, count, imageCodes[i].Scale, image);
            PatchPlanes.Fill(_plan, image, 1, planes + (nint)i * _plan.ImageSize);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Round<TLanes, TVector>(float* source, int count, float scale, float* target)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        // An image that cannot be coded is taken as zeros: its scale makes all of its outputs NaN.
        if (float.IsNaN(scale))
        {
            new Span<float>(target, count).Clear();
            return;
        }
        var factor = TLanes.Broadcast(1 / scale);
        for (var i = 0; i < count; i += TLanes.Count)
        {
            if (i + TLanes.Count <= count)
                TLanes.Store(target + i, TLanes.Round(TLanes.Multiply(TLanes.Load(source + i), factor)));
            else
                TLanes.StorePartial(target + i, count - i, TLanes.Round(TLanes.Multiply(TLanes.LoadPartial(source + i, count - i), factor)));
        }
    }

    /// <summary>A tile as bytes, a row for each output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Encode<TLanes, TVector>(PixelTile at, float* tile, int width, float* turned, RowCode* imageCodes, byte* codes)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var pitch = TileShare.RoundUp(_inFeatures);
        var most = TLanes.Broadcast(RowQuantizer.Levels);
        for (var lane = 0; lane < at.Count; lane += TLanes.Count)
        {
            // Rows of the tile behind the last hold anything; what becomes of them is cleared below.
            for (nint i = 0; i < _inFeatures; i += TLanes.Count)
                TLanes.Transpose(tile + i * width + lane, width, turned + i, pitch);
            for (var row = 0; row < Math.Min(TLanes.Count, at.Count - lane); row++)
            {
                var shift = TLanes.Broadcast(imageCodes[(at.First + lane + row) / _plan.Pixels].Zero);
                var from = turned + row * pitch;
                var to = codes + (nint)(lane + row) * Pitch;
                for (nint i = 0; i < _inFeatures; i += TLanes.Count)
                    TLanes.StoreBytes(to + i, TLanes.Max(TLanes.Min(TLanes.Add(TLanes.Load(from + i), shift), most), default));
                new Span<byte>(to + _inFeatures, _product.Steps * sizeof(int) - _inFeatures).Clear();
            }
        }
    }

    /// <summary>All outputs of a tile for two panels of channels.</summary>
    private readonly void Multiply<TLanes, TVector>(PixelTile at, int pair, byte* codes, RowCode* imageCodes, byte* prepared, float* values)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var sums = (int*)(codes + (nint)_tiles.MaxWidth * Pitch);
        var firstOutput = pair * PairOutputs;
        var weights = _product.Prepare(pair * Pair, Pair, at.Count, prepared);
        for (var row = 0; row < at.Count;)
        {
            var group = PanelScale.Even(at.Count - row, PanelCode.MaxRows);
            _product.Multiply(codes + (nint)row * Pitch, Pitch, group, weights, Pair, sums);
            for (var end = row + group; row < end; row++)
                PanelScale.Run<TLanes, TVector>(
                    sums + (row - end + group) * PairOutputs, imageCodes[(at.First + row) / _plan.Pixels], _columnSums + firstOutput, _scales + firstOutput, PairOutputs, values + row * PairOutputs);
        }
        var width = at.Vectors * TLanes.Count;
        var turned = values + ValueFloats;
        for (var lane = 0; lane < at.Count; lane += TLanes.Count)
            for (var output = 0; output < PairOutputs; output += TLanes.Count)
                TLanes.Transpose(values + (nint)lane * PairOutputs + output, PairOutputs, turned + (nint)output * width + lane, width);
        var outputs = Math.Min(PairOutputs, _store.OutChannels - firstOutput);
        if (outputs > 0)
            _store.Block<TLanes, TVector>(turned, width, firstOutput, outputs, (long)at.FirstImage * _plan.Pixels + at.First, at.Count);
    }

    private static nint Aligned(nint bytes) => (bytes + 63) / 64 * 64;
}

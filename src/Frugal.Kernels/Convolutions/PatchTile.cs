using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>
/// The pixels under the kernel for some outputs, <c>[InFeatures, width]</c>: outputs fill the lanes of vectors, as tokens do for linear layers. It is made for a tile at a time,
/// so that the matrix of all patches, nine times the input for a kernel of 3 x 3, exists nowhere.
/// </summary>
internal static unsafe class PatchTile
{
    /// <summary>Vectors may be written whole behind the tile, and read behind the planes.</summary>
    public const int Slack = 16;

    /// <summary>Lanes of a tile at most: each can be a run of its own.</summary>
    private const int MaxWidth = 16 * TokenDriver.MaxVectors;

    /// <summary>Lays the tile. Lanes without an output are zeros.</summary>
    /// <param name="planes">The planes of some images.</param>
    /// <param name="firstPixel">First output, counted over these images.</param>
    /// <param name="tile">The tile, with <see cref="Slack"/> behind.</param>
    /// <param name="width">Lanes of the tile.</param>
    public static void Fill<TLanes, TVector>(in PatchPlan plan, float* planes, int firstPixel, int pixels, float* tile, int width)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        var runs = stackalloc PixelRun[MaxWidth];
        var count = Runs(plan, firstPixel, pixels, runs);
        var row = tile;
        for (var down = 0; down < plan.Shape.KernelHeight; down++)
            for (var across = 0; across < plan.Shape.KernelWidth; across++)
            {
                FillChannels<TLanes, TVector>(plan, planes + plan.Point(down, across), runs, count, row, width);
                row += (nint)plan.Shape.InChannels * width;
            }
        if (pixels < width)
            for (; tile < row; tile += width)
                new Span<float>(tile + pixels, width - pixels).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillChannels<TLanes, TVector>(in PatchPlan plan, float* source, PixelRun* runs, int count, float* row, int width)
        where TLanes : ILanes<TVector> where TVector : struct
    {
        nint channelSize = plan.ChannelSize;
        var isExact = plan.IsDirect;
        for (var channel = plan.Shape.InChannels; channel > 0; channel--, source += channelSize, row += width)
            for (var run = runs; run < runs + count; run++)
            {
                var from = source + run->Source;
                var to = row + run->Lane;
                nint i = 0, length = run->Count;
                // What is written too far is written again: by the next run, the next row, or as zeros of empty lanes.
                for (; i + TLanes.Count <= length; i += TLanes.Count)
                    TLanes.Store(to + i, TLanes.Load(from + i));
                if (i < length)
                    TLanes.Store(to + i, isExact ? TLanes.LoadPartial(from + i, (int)(length - i)) : TLanes.Load(from + i));
            }
    }

    private static int Runs(in PatchPlan plan, int firstPixel, int pixels, PixelRun* runs)
    {
        var count = 0;
        for (var lane = 0; lane < pixels;)
        {
            var (image, pixel) = Math.DivRem(firstPixel + lane, plan.Pixels);
            var (y, x) = Math.DivRem(pixel, plan.OutWidth);
            var length = Math.Min(plan.OutWidth - x, pixels - lane);
            runs[count++] = new(image * plan.ImageSize + y * plan.PlaneWidth + x, lane, length);
            lane += length;
        }
        return count;
    }
}

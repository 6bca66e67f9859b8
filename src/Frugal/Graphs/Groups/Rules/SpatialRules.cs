using System.Globalization;
using Frugal.Graphs.Groups.Slots;

namespace Frugal.Graphs.Groups.Rules;

/// <summary>Pooling and resampling: the last one, two or three axes are positions, and the channels before them go through.</summary>
internal static class SpatialRules
{
    public static void AddTo(ChannelRules rules)
    {
        foreach (int axes in (int[])[1, 2, 3])
        {
            string suffix = axes.ToString(CultureInfo.InvariantCulture) + "d";
            rules.Add(
                [$"max_pool{suffix}", $"max_pool{suffix}_with_indices", $"avg_pool{suffix}", $"adaptive_avg_pool{suffix}", $"_adaptive_avg_pool{suffix}", $"adaptive_max_pool{suffix}", $"upsample_nearest{suffix}"],
                call => Positions(call, axes));
        }
        rules.Add("upsample_linear1d", call => Positions(call, 1));
        rules.Add(["upsample_bilinear2d", "upsample_bicubic2d"], call => Positions(call, 2));
        rules.Add("upsample_trilinear3d", call => Positions(call, 3));
        rules.Add("pixel_shuffle", PixelShuffle);
    }

    private static void Positions(ChannelCall call, int axes)
    {
        int channels = call.X.Rank - axes;
        for (int axis = channels; axis < call.X.Rank; axis++)
            call.FreezeAlong(call.X, axis, "it takes these for positions");
        IReadOnlyList<SlotBlock> through = [.. call.X.Blocks.Where(block => block.Axes.All(axis => axis < channels))];
        call.Return(new SlotLayout(call.OutputShape, through, call.X.Origin));
    }

    /// <summary><c>[c r², h, w]</c> to <c>[c, h r, w r]</c>: the r² channels that become one go together.</summary>
    private static void PixelShuffle(ChannelCall call)
    {
        int axis = call.X.Rank - 3;
        long made = call.OutputShape[axis];
        List<SlotBlock> blocks = [.. call.X.Blocks.Where(block => block.Axes.All(a => a < axis))];
        if (call.Algebra.Along(call.X, axis) is { } slots)
        {
            GroupedChannels.UniteWhole(call.Sets, [slots], (int)made);
            if (made > 1)
                blocks.Add(new SlotBlock([axis], [.. slots.Chunk((int)(slots.Length / made)).Select(part => part[0])]));
        }
        call.Return(new SlotLayout(call.OutputShape, blocks, call.X.Origin));
    }
}

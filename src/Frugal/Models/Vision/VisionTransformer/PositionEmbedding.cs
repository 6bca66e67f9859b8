using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Models.Vision;

/// <summary>Learned positions of patches.</summary>
internal static class PositionEmbedding
{
    /// <summary>
    /// Positions for another grid of patches, bicubic with antialiasing, as timm resamples them; the class token's stays. From <c>[1, 1 + n², dim]</c>, a square grid, to
    /// <c>[1, 1 + rows · columns, dim]</c>; null where the saved grid was not square.
    /// </summary>
    public static Tensor? Resample(Tensor saved, PatchGrid grid)
    {
        if (saved.dim() != 3 || saved.shape[0] != 1)
            return null;
        long patches = saved.shape[1] - 1, side = (long)Math.Round(Math.Sqrt(Math.Max(patches, 0)));
        if (side == 0 || side * side != patches)
            return null;
        using var scope = NewDisposeScope();
        var image = saved.narrow(1, 1, patches).to(float32).reshape(1, side, side, -1).permute(0, 3, 1, 2);
        var resampled = functional.interpolate(image, [grid.Rows, grid.Columns], mode: InterpolationMode.Bicubic, align_corners: false, antialias: true);
        var positions = resampled.permute(0, 2, 3, 1).reshape(1, grid.Count, -1);
        return cat([saved.narrow(1, 0, 1).to(float32), positions], 1).MoveToOuterDisposeScope();
    }
}

using System.Runtime.CompilerServices;

namespace Frugal.Kernels;

/// <summary>Copies images into the planes of a <see cref="PatchPlan"/>.</summary>
internal static unsafe class PatchPlanes
{
    /// <param name="input"><c>[images, channels, height, width]</c>.</param>
    /// <param name="planes">Receives the images' planes.</param>
    public static void Fill(in PatchPlan plan, float* input, int images, float* planes)
    {
        var shape = plan.Shape;
        for (var channel = 0; channel < images * shape.InChannels; channel++, input += (nint)plan.Height * plan.Width)
            for (var down = 0; down < plan.PhasesDown; down++)
                for (var across = 0; across < plan.PhasesAcross; across++, planes += plan.PlaneSize)
                    FillPhase(plan, input, down, across, planes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FillPhase(in PatchPlan plan, float* channel, int down, int across, float* plane)
    {
        int width = plan.PlaneWidth, stride = plan.Shape.StrideWidth, left = plan.Shape.PaddingWidth - across;
        // Columns of the plane from the first to behind the last whose pixels lie in the image.
        var first = Math.Clamp((left + stride - 1) / stride, 0, width);
        if (left < 0)
            first = 0;
        var end = Math.Clamp((int)(((long)plan.Width + left + stride - 1) / stride), first, width);
        for (var row = 0; row < plan.PlaneHeight; row++, plane += width)
        {
            var y = (long)row * plan.Shape.StrideHeight + down - plan.Shape.PaddingHeight;
            if (y < 0 || y >= plan.Height)
            {
                new Span<float>(plane, width).Clear();
                continue;
            }
            new Span<float>(plane, first).Clear();
            var pixels = channel + (nint)y * plan.Width - left;
            if (stride == 1)
                new ReadOnlySpan<float>(pixels + first, end - first).CopyTo(new Span<float>(plane + first, end - first));
            else
                for (nint column = first; column < end; column++)
                    plane[column] = pixels[column * stride];
            new Span<float>(plane + end, width - end).Clear();
        }
    }
}

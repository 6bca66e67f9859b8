namespace Frugal.Data.Transforms;

/// <summary>The brightness of pixels as Pillow's conversion to grey computes it (ITU-R 601 in 16-bit fixed point).</summary>
internal static class Luma
{
    /// <summary>Brightness of the pixel that begins at <paramref name="start"/>; a grey pixel is its own.</summary>
    public static int Of(ReadOnlySpan<byte> pixels, int start, int channels) => channels == 1
        ? pixels[start]
        : (19595 * pixels[start] + 38470 * pixels[start + 1] + 7471 * pixels[start + 2] + 32768) >> 16;
}

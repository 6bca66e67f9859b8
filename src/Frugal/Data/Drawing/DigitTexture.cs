namespace Frugal.Data.Drawing;

/// <summary>A random background: uniform noise smoothed over 3x3 pixels, where there is no ink.</summary>
internal static class DigitTexture
{
    /// <summary>Lays the texture behind an image.</summary>
    /// <param name="pixels">Brightness of the pixels in units of white, row by row.</param>
    /// <param name="side">Pixels of a row.</param>
    /// <param name="amplitude">Upper end of the noise before it is smoothed.</param>
    /// <param name="random">Where the noise comes from.</param>
    public static void LayBehind(Span<float> pixels, int side, double amplitude, RandomStream random)
    {
        int wide = side + 2;
        Span<float> noise = stackalloc float[wide * wide];
        foreach (ref float value in noise)
            value = (float)random.NextDouble(0, amplitude);
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                float sum = 0;
                for (int dy = 0; dy < 3; dy++)
                    for (int dx = 0; dx < 3; dx++)
                        sum += noise[(y + dy) * wide + x + dx];
                ref float pixel = ref pixels[y * side + x];
                pixel += (1 - pixel) * (sum / 9);
            }
        }
    }
}

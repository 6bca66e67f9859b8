namespace Frugal.Data.Mixing;

/// <summary>The rectangle that CutMix takes from the partner: rows <c>Top</c> to <c>Bottom</c>, columns <c>Left</c> to <c>Right</c>, ends excluded.</summary>
public readonly record struct MixBox(int Top, int Bottom, int Left, int Right)
{
    /// <summary>The share of an image that stays its own (the corrected λ): 1 less the box's share of the area.</summary>
    public double ShareKept(int height, int width) => 1 - (double)(Bottom - Top) * (Right - Left) / ((double)height * width);

    /// <summary>
    /// The box of CutMix (Yun et al. 2019, arXiv 1905.04899; timm): sides <c>⌊H√(1-λ)⌋</c> and <c>⌊W√(1-λ)⌋</c> around a centre, clipped to the image. A side of odd length loses
    /// a pixel to the two halves.
    /// </summary>
    /// <param name="height">Height H of the image.</param>
    /// <param name="width">Width W of the image.</param>
    /// <param name="lambda">Share λ that should stay, 0 to 1.</param>
    /// <param name="centerY">Row of the centre.</param>
    /// <param name="centerX">Column of the centre.</param>
    public static MixBox Around(int height, int width, double lambda, int centerY, int centerX)
    {
        double ratio = Math.Sqrt(1 - Guard.Between(lambda, 0, 1));
        int halfHeight = (int)(height * ratio) / 2, halfWidth = (int)(width * ratio) / 2;
        return new(
            Math.Clamp(centerY - halfHeight, 0, height), Math.Clamp(centerY + halfHeight, 0, height),
            Math.Clamp(centerX - halfWidth, 0, width), Math.Clamp(centerX + halfWidth, 0, width));
    }

    /// <summary>A box around a random centre.</summary>
    public static MixBox Draw(int height, int width, double lambda, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return Around(height, width, lambda, random.NextInt(height), random.NextInt(width));
    }

    /// <summary>A box whose sides are uniform between two shares of the image's, anywhere inside (timm's <c>cutmix_minmax</c>).</summary>
    /// <param name="height">Height of the image.</param>
    /// <param name="width">Width of the image.</param>
    /// <param name="low">Smallest share of a side.</param>
    /// <param name="high">Largest share of a side, excluded.</param>
    /// <param name="random">Where sizes and place come from.</param>
    public static MixBox DrawBetween(int height, int width, double low, double high, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        int h = Side(height), w = Side(width);
        int top = random.NextInt(height - h + 1), left = random.NextInt(width - w + 1);
        return new(top, top + h, left, left + w);

        int Side(int length)
        {
            int least = (int)(length * low);
            return least + random.NextInt(Math.Max(1, (int)(length * high) - least));
        }
    }
}

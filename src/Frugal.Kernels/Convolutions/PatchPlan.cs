namespace Frugal.Kernels;

/// <summary>
/// Where the pixels under a kernel lie. Images are copied once into planes that hold their padding; with a stride, into one plane for each remainder of
/// its division, so that neighbouring outputs always read neighbouring pixels:
/// </summary>
/// <remarks>
///     input  [channel, height, width]  ─▶  planes [channel, phase, PlaneHeight, PlaneWidth], pixel (y, x) of phase (a, b) = padded (y · stride + a, x · stride + b)
/// A kernel of one point without padding reads its input as it is, and all rows of an image are one.
/// </remarks>
internal readonly struct PatchPlan
{
    public PatchPlan(ConvolutionShape shape, int height, int width)
    {
        Shape = shape;
        (OutHeight, OutWidth) = (shape.OutHeight(height), shape.OutWidth(width));
        Pixels = checked(OutHeight * OutWidth);
        IsDirect = shape is { KernelHeight: 1, KernelWidth: 1, StrideHeight: 1, StrideWidth: 1, PaddingHeight: 0, PaddingWidth: 0 };
        if (IsDirect)
            (OutHeight, OutWidth, height, width) = (1, Pixels, 1, Pixels);
        (Height, Width) = (height, width);
        (PhasesDown, PhasesAcross) = (Math.Min(shape.StrideHeight, Reach(shape.DilationHeight, shape.KernelHeight) + 1), Math.Min(shape.StrideWidth, Reach(shape.DilationWidth, shape.KernelWidth) + 1));
        PlaneHeight = OutHeight + Reach(shape.DilationHeight, shape.KernelHeight) / shape.StrideHeight;
        PlaneWidth = OutWidth + Reach(shape.DilationWidth, shape.KernelWidth) / shape.StrideWidth;
        PlaneSize = checked(PlaneHeight * PlaneWidth);
        ChannelSize = checked(PlaneSize * PhasesDown * PhasesAcross);
        ImageSize = checked(ChannelSize * shape.InChannels);
    }

    public ConvolutionShape Shape { get; }

    public int Height { get; }

    public int Width { get; }

    public int OutHeight { get; }

    public int OutWidth { get; }

    /// <summary>Outputs of a channel of an image.</summary>
    public int Pixels { get; }

    /// <summary>True where the input itself serves as planes.</summary>
    public bool IsDirect { get; }

    public int PhasesDown { get; }

    public int PhasesAcross { get; }

    public int PlaneHeight { get; }

    public int PlaneWidth { get; }

    public int PlaneSize { get; }

    /// <summary>Floats of a channel's planes.</summary>
    public int ChannelSize { get; }

    /// <summary>Floats of an image's planes.</summary>
    public int ImageSize { get; }

    /// <summary>Where in a channel's planes the first output's pixel under a point of the kernel lies.</summary>
    public int Point(int down, int across)
    {
        var (y, x) = (down * Shape.DilationHeight, across * Shape.DilationWidth);
        var phase = y % Shape.StrideHeight * PhasesAcross + x % Shape.StrideWidth;
        return phase * PlaneSize + y / Shape.StrideHeight * PlaneWidth + x / Shape.StrideWidth;
    }

    private static int Reach(int dilation, int kernel) => checked(dilation * (kernel - 1));
}

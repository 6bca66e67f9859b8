namespace Frugal.Kernels;

/// <summary>
/// The shape of a two-dimensional convolution padded with zeros, in one group: <c>[batch, InChannels, height, width]</c> to <c>[batch, out, OutHeight, OutWidth]</c>. Its weight is the one
/// of a linear layer whose inputs are the pixels under the kernel, <c>[out, kernelHeight · kernelWidth · InChannels]</c>: points of the kernel row by row, and for each all channels.
/// </summary>
/// <param name="InChannels">Channels of the input.</param>
/// <param name="KernelHeight">Points of the kernel down.</param>
/// <param name="KernelWidth">Points of the kernel across.</param>
public sealed record ConvolutionShape(int InChannels, int KernelHeight, int KernelWidth)
{
    private const int Most = 65_536;

    /// <summary>Channels of the input.</summary>
    public int InChannels { get; } = Checked(InChannels, 1, nameof(InChannels));

    /// <summary>Points of the kernel down.</summary>
    public int KernelHeight { get; } = Checked(KernelHeight, 1, nameof(KernelHeight));

    /// <summary>Points of the kernel across.</summary>
    public int KernelWidth { get; } = Checked(KernelWidth, 1, nameof(KernelWidth));

    /// <summary>Step down, in pixels of the input.</summary>
    public int StrideHeight { get; init => field = Checked(value, 1, nameof(StrideHeight)); } = 1;

    /// <summary>Step across.</summary>
    public int StrideWidth { get; init => field = Checked(value, 1, nameof(StrideWidth)); } = 1;

    /// <summary>Rows of zeros above and below.</summary>
    public int PaddingHeight { get; init => field = Checked(value, 0, nameof(PaddingHeight)); }

    /// <summary>Columns of zeros left and right.</summary>
    public int PaddingWidth { get; init => field = Checked(value, 0, nameof(PaddingWidth)); }

    /// <summary>Distance between the kernel's points down.</summary>
    public int DilationHeight { get; init => field = Checked(value, 1, nameof(DilationHeight)); } = 1;

    /// <summary>Distance between the kernel's points across.</summary>
    public int DilationWidth { get; init => field = Checked(value, 1, nameof(DilationWidth)); } = 1;

    /// <summary>Pixels under the kernel, over all channels: inputs of the linear layer.</summary>
    public int InFeatures => checked(InChannels * KernelHeight * KernelWidth);

    /// <summary>Height of the output; below 1 where the kernel does not fit into the padded input.</summary>
    public int OutHeight(int height) => Steps(height, PaddingHeight, DilationHeight, KernelHeight, StrideHeight);

    /// <summary>Width of the output; below 1 where the kernel does not fit into the padded input.</summary>
    public int OutWidth(int width) => Steps(width, PaddingWidth, DilationWidth, KernelWidth, StrideWidth);

    /// <summary>The weight <c>[out, in, kernelHeight, kernelWidth]</c> of a convolution as that of the linear layer.</summary>
    /// <exception cref="ArgumentException">It has another length.</exception>
    public float[] ToColumns(ReadOnlySpan<float> weight, int outChannels)
    {
        LinearArguments.CheckWeight(weight.Length, outChannels, InFeatures);
        var columns = new float[weight.Length];
        for (var i = 0; i < columns.Length; i++)
            columns[i] = weight[FromColumn(i)];
        return columns;
    }

    /// <summary>What <see cref="ToColumns"/> was made from.</summary>
    /// <exception cref="ArgumentException">The columns have another length.</exception>
    public float[] FromColumns(ReadOnlySpan<float> columns, int outChannels)
    {
        LinearArguments.CheckWeight(columns.Length, outChannels, InFeatures);
        var weight = new float[columns.Length];
        for (var i = 0; i < weight.Length; i++)
            weight[FromColumn(i)] = columns[i];
        return weight;
    }

    // Place in [out, in, points] of a place in [out, points, in].
    private int FromColumn(int place)
    {
        var points = KernelHeight * KernelWidth;
        var (output, column) = (place / InFeatures, place % InFeatures);
        return output * InFeatures + column % InChannels * points + column / InChannels;
    }

    private static int Steps(int size, int padding, int dilation, int kernel, int stride)
    {
        var room = size + 2L * padding - (long)dilation * (kernel - 1) - 1;
        return room < 0 ? 0 : checked((int)(room / stride + 1));
    }

    private static int Checked(int value, int least, string name) => value >= least && value <= Most
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be between {least} and {Most}; got {value}");
}

namespace Frugal.Kernels;

/// <summary>
/// A convolution whose weight is packed as that of a linear layer: what lies under the kernel is laid for a tile of outputs at a time and multiplied there, so that the matrix of all
/// patches is never made.
/// </summary>
/// <remarks>
/// Zeros that are not stored are not multiplied: an infinity or NaN in the input reaches an output only through stored weights. Forms of whole numbers quantise each image over its own
/// range in the call, where linear layers do so for each row; an infinity or NaN in an image makes all its outputs NaN. The same call gives the same bits, whatever the number of
/// threads.
/// </remarks>
public sealed class PackedConvolution
{
    /// <param name="weight">A weight <c>[out, shape.InFeatures]</c>, as <see cref="ConvolutionShape.ToColumns"/> lays it.</param>
    /// <param name="shape">The convolution.</param>
    /// <exception cref="ArgumentException">The weight has another number of inputs, or a format that convolutions do not run.</exception>
    public PackedConvolution(IPackedLinear weight, ConvolutionShape shape)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(shape);
        if (!Runs(weight))
            throw new ArgumentException($"A convolution runs {nameof(PackedSparse)}, {nameof(PackedBlockSparse)}, {nameof(PackedInt8)} and {nameof(PackedLowBit)}; got {weight.GetType().Name}.", nameof(weight));
        if (weight.InFeatures != shape.InFeatures)
            throw new ArgumentException($"The weight has {weight.InFeatures} inputs; {shape.KernelHeight} x {shape.KernelWidth} points of {shape.InChannels} channels need {shape.InFeatures}.", nameof(weight));
        (Weight, Shape) = (weight, shape);
    }

    /// <summary>The packed weight, <c>[out, Shape.InFeatures]</c>.</summary>
    public IPackedLinear Weight { get; }

    /// <summary>The convolution.</summary>
    public ConvolutionShape Shape { get; }

    /// <summary>Channels of the output.</summary>
    public int OutChannels => Weight.OutFeatures;

    /// <summary>True for the formats that convolutions run.</summary>
    public static bool Runs(IPackedLinear weight) => weight is PackedSparse or PackedBlockSparse or PackedInt8 or PackedLowBit;

    /// <summary>Computes <c>epilogue(convolution(input))</c>.</summary>
    /// <param name="input"><c>[batch, InChannels, height, width]</c>.</param>
    /// <param name="batch">Images.</param>
    /// <param name="height">Height of the input.</param>
    /// <param name="width">Width of the input.</param>
    /// <param name="output"><c>[batch, OutChannels, Shape.OutHeight(height), Shape.OutWidth(width)]</c>; it may not overlap the input.</param>
    /// <param name="epilogue">What happens to the sums as they are stored; the residual has the output's shape.</param>
    /// <param name="pool">The threads and the instruction set.</param>
    /// <exception cref="ArgumentException">A span does not have the length that the shapes ask for, the kernel does not fit into the image, or output and input overlap.</exception>
    public void Run(ReadOnlySpan<float> input, int batch, int height, int width, Span<float> output, Epilogue epilogue, KernelPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var arguments = new ConvolutionArguments(input, batch, height, width, output, epilogue, pool) { Shape = Shape };
        switch (Weight)
        {
            case PackedSparse sparse: SparseCall.With(sparse.Blocks, arguments); break;
            case PackedBlockSparse blocks: SparseCall.With(blocks.Blocks, arguments); break;
            case PackedInt8 bytes:
                arguments.WithCodes(bytes.Panels.Product(Int8Paths.For(pool.Level)), bytes.Panels.Outputs, OutChannels);
                GC.KeepAlive(bytes);
                break;
            case PackedLowBit bits:
                arguments.WithCodes(bits.Panels.Product(Int8Paths.For(pool.Level), pool.Level), bits.Panels.Outputs, OutChannels);
                GC.KeepAlive(bits);
                break;
            default: throw new InvalidOperationException($"A convolution does not run {Weight.GetType().Name}.");
        }
    }
}

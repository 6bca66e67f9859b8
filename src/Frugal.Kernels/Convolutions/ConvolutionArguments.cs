namespace Frugal.Kernels;

/// <summary>The arguments of a convolution's call.</summary>
internal readonly ref struct ConvolutionArguments(ReadOnlySpan<float> input, int batch, int height, int width, Span<float> output, Epilogue epilogue, KernelPool pool) : ISparseUse
{
    private readonly ReadOnlySpan<float> _input = input;
    private readonly Span<float> _output = output;
    private readonly Epilogue _epilogue = epilogue;

    public required ConvolutionShape Shape { get; init; }

    /// <summary>Runs a sparse weight.</summary>
    public unsafe void With<TKernel>(TKernel kernel, SparseBlocks blocks) where TKernel : struct, ISparseKernel
    {
        LinearArguments.CheckConvolution(_input, batch, height, width, _output, _epilogue, Shape, blocks.OutFeatures);
        if (batch == 0)
            return;
        var plan = new PatchPlan(Shape, height, width);
        fixed (float* x = _input, y = _output, scale = _epilogue.Scale, bias = _epilogue.Bias, residual = _epilogue.Residual)
        {
            var store = new PixelStore
            {
                Scale = scale,
                Bias = bias,
                Residual = residual,
                Output = y,
                OutChannels = blocks.OutFeatures,
                Pixels = plan.Pixels,
                Activation = _epilogue.Activation,
            };
            var task = new ConvolutionTask<TKernel>(kernel, blocks.Starts.Pointer, blocks.Groups, plan, x, batch, store, pool.Level);
            pool.Run(ref task, task.ScratchBytes);
        }
    }
}

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
            var task = new ConvolutionTask<TKernel>(kernel, blocks.Starts.Pointer, blocks.Groups, plan, x, batch, Store(y, scale, bias, residual, blocks.OutFeatures, plan), pool.Level);
            pool.Run(ref task, task.ScratchBytes);
        }
    }

    /// <summary>Runs a weight of whole numbers.</summary>
    public unsafe void WithCodes<TProduct>(TProduct product, OutputCodes outputs, int outChannels) where TProduct : struct, IPanelProduct
    {
        LinearArguments.CheckConvolution(_input, batch, height, width, _output, _epilogue, Shape, outChannels);
        if (batch == 0)
            return;
        var plan = new PatchPlan(Shape, height, width);
        fixed (float* x = _input, y = _output, scale = _epilogue.Scale, bias = _epilogue.Bias, residual = _epilogue.Residual)
        {
            var task = new CodedConvolutionTask<TProduct>(product, outputs, plan, x, batch, Store(y, scale, bias, residual, outChannels, plan), pool.Level);
            pool.Run(ref task, task.ScratchBytes);
        }
        GC.KeepAlive(outputs);
    }

    private unsafe PixelStore Store(float* output, float* scale, float* bias, float* residual, int outChannels, in PatchPlan plan) => new()
    {
        Scale = scale,
        Bias = bias,
        Residual = residual,
        Output = output,
        OutChannels = outChannels,
        Pixels = plan.Pixels,
        Activation = _epilogue.Activation,
    };
}

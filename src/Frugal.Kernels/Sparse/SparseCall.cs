namespace Frugal.Kernels;

/// <summary>The step from spans to pointers: what the public types have in common.</summary>
internal static unsafe class SparseCall
{
    public static void Run(SparseBlocks blocks, ReadOnlySpan<float> input, int rows, Span<float> output, in Epilogue epilogue, KernelPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        LinearArguments.Check(input, rows, output, epilogue, blocks.InFeatures, blocks.OutFeatures);
        if (rows == 0)
            return;
        fixed (float* x = input, y = output, scale = epilogue.Scale, bias = epilogue.Bias, residual = epilogue.Residual)
        {
            var store = new EpilogueStore
            {
                Scale = scale,
                Bias = bias,
                Residual = residual,
                Output = y,
                OutFeatures = blocks.OutFeatures,
                Activation = epilogue.Activation,
            };
            var starts = blocks.Starts.Pointer;
            var values = blocks.Values.Pointer;
            if (blocks.NarrowColumns is { } narrow)
            {
                if (blocks.Height == 1)
                    Run(new SparseKernel<ushort>(starts, narrow.Pointer, values, blocks.Windowed), blocks, x, rows, store, pool);
                else
                    Run(new BlockSparseKernel<ushort>(blocks.Height, starts, narrow.Pointer, values), blocks, x, rows, store, pool);
            }
            else if (blocks.WideColumns is { } wide)
            {
                if (blocks.Height == 1)
                    Run(new SparseKernel<int>(starts, wide.Pointer, values, windowed: null), blocks, x, rows, store, pool);
                else
                    Run(new BlockSparseKernel<int>(blocks.Height, starts, wide.Pointer, values), blocks, x, rows, store, pool);
            }
        }
        GC.KeepAlive(blocks);
    }

    /// <summary>The obvious loop over what is stored, in double precision: what every path must agree with.</summary>
    public static void RunReference(SparseBlocks blocks, ReadOnlySpan<float> input, int rows, Span<double> sums)
    {
        for (var token = 0; token < rows; token++)
            for (var output = 0; output < blocks.OutFeatures; output++)
            {
                var group = output / blocks.Height;
                var sum = 0.0;
                for (var block = blocks.Starts.Span[group]; block < blocks.Starts.Span[group + 1]; block++)
                    sum += (double)blocks.Values.Span[block * blocks.Height + output % blocks.Height]
                        * input[token * blocks.InFeatures + blocks.Column(block)];
                sums[token * blocks.OutFeatures + output] = sum;
            }
    }

    private static void Run<TKernel>(TKernel kernel, SparseBlocks blocks, float* input, int rows, EpilogueStore store, KernelPool pool)
        where TKernel : struct, ISparseKernel
    {
        var task = new SparseTask<TKernel>(kernel, blocks, input, rows, store, pool.Level);
        pool.Run(ref task, task.ScratchBytes);
    }
}

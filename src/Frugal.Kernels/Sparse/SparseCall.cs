namespace Frugal.Kernels;

/// <summary>Sparse weights of all kinds: what the public types have in common.</summary>
internal static unsafe class SparseCall
{
    public static void Run(SparseBlocks blocks, ReadOnlySpan<float> input, int rows, Span<float> output, in Epilogue epilogue, KernelPool pool) =>
        With(blocks, new Linear(input, rows, output, epilogue, pool));

    /// <summary>Does something with the kernel of a weight.</summary>
    public static void With<TUse>(SparseBlocks blocks, scoped in TUse use) where TUse : ISparseUse, allows ref struct
    {
        var starts = blocks.Starts.Pointer;
        var values = blocks.Values.Pointer;
        if (blocks.NarrowColumns is { } narrow)
        {
            if (blocks.Height == 1)
                use.With(new SparseKernel<ushort>(starts, narrow.Pointer, values, blocks.Windowed), blocks);
            else
                use.With(new BlockSparseKernel<ushort>(blocks.Height, starts, narrow.Pointer, values), blocks);
        }
        else if (blocks.WideColumns is { } wide)
        {
            if (blocks.Height == 1)
                use.With(new SparseKernel<int>(starts, wide.Pointer, values, windowed: null), blocks);
            else
                use.With(new BlockSparseKernel<int>(blocks.Height, starts, wide.Pointer, values), blocks);
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

    /// <summary>Runs any kernel of this kind.</summary>
    /// <param name="starts">First block of each group, and the number of blocks behind the last.</param>
    public static void Run<TKernel>(
        TKernel kernel, int* starts, int groups, int outFeatures, int inFeatures,
        ReadOnlySpan<float> input, int rows, Span<float> output, in Epilogue epilogue, KernelPool pool)
        where TKernel : struct, ISparseKernel =>
        LinearCall.Run(new SparseLinear<TKernel>(kernel, starts, groups, outFeatures, inFeatures), input, rows, output, epilogue, pool);

    /// <summary>A linear layer's call.</summary>
    private readonly ref struct Linear(ReadOnlySpan<float> input, int rows, Span<float> output, Epilogue epilogue, KernelPool pool) : ISparseUse
    {
        private readonly ReadOnlySpan<float> _input = input;
        private readonly Span<float> _output = output;
        private readonly Epilogue _epilogue = epilogue;

        public void With<TKernel>(TKernel kernel, SparseBlocks blocks) where TKernel : struct, ISparseKernel =>
            Run(kernel, blocks.Starts.Pointer, blocks.Groups, blocks.OutFeatures, blocks.InFeatures, _input, rows, _output, _epilogue, pool);
    }
}

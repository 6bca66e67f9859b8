namespace Frugal.Kernels.Benchmarks;

/// <summary>One convolution at one batch size and number of threads: ours against libtorch's.</summary>
internal sealed class ConvolutionRound(int channels, int size, int batch, int threads, int slices)
{
    public const string Heading = "| channels | image | batch | threads | form | best µs | best CPU µs | × T | CPU × T | ceiling | error |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

    public IEnumerable<string> Lines()
    {
        var data = new ConvolutionData(channels, size, batch);
        using var pool = new KernelPool(threads);
        float[] dense = data.Weight(1, 1), sparse = data.Weight(0.1, 1), blocks = data.Weight(0.1, 4), quarter = data.Weight(0.25, 4), powers = [.. dense.Select(value => MathF.CopySign(MathF.ScaleB(1, (int)Math.Min(3, Math.Abs(value) * 64)), value))];
        Func<float[], int, int, IPackedLinear> packBlocks = (weight, outputs, inputs) => PackedBlockSparse.Pack(weight, outputs, inputs, 4);
        Contestant[] contestants =
        [
            new LibTorchConvolution("libtorch", data, dense),
            new PackedConvolutionContestant("unstructured 90 %", data, sparse, (weight, outputs, inputs) => PackedSparse.Pack(weight, outputs, inputs), pool),
            new PackedConvolutionContestant("4x1 75 %", data, quarter, packBlocks, pool),
            new PackedConvolutionContestant("4x1 90 %", data, blocks, packBlocks, pool),
            new PackedConvolutionContestant("int8", data, dense, (weight, outputs, inputs) => PackedInt8.Pack(weight, outputs, inputs), pool, isOfBytes: true),
            new PackedConvolutionContestant("shift 3 bit", data, powers, (weight, outputs, inputs) => PackedLowBit.Pack(weight, outputs, inputs, LowBitValues.Shift), pool, isOfBytes: true),
        ];
        float[][] weights = [dense, sparse, quarter, blocks, dense, powers];
        var errors = contestants.Select((contestant, i) => Error(contestant, data, weights[i])).ToArray();
        var timings = PairedMeasurement.Run(contestants, threads, slices);
        var ceiling = new MachineCeiling(pool);
        for (var i = 0; i < contestants.Length; i++)
        {
            var over = timings[i].TimesFasterThan(timings[0]);
            var share = (contestants[i].Macs ?? 0) / (contestants[i].IsOfBytes ? ceiling.ByteMacsPerSecond : ceiling.FloatMacsPerSecond) * 1e6 / timings[i].BestWall;
            yield return FormattableString.Invariant(
                $"| {channels} | {size} x {size} | {batch} | {threads} | {contestants[i].Name} | {timings[i].BestWall:F1} | {timings[i].BestCpu:F1} | {over.Median:F2} ({over.Low:F2}–{over.High:F2}) | {timings[i].CpuTimesFasterThan(timings[0]):F2} | {share:P0} | {errors[i]:E1} |");
        }
        foreach (var contestant in contestants)
            contestant.Dispose();
    }

    /// <summary>Largest difference from libtorch on the weight that was packed, over the largest magnitude.</summary>
    private static double Error(Contestant contestant, ConvolutionData data, float[] weight)
    {
        using var exact = new LibTorchConvolution("", data, weight);
        contestant.Run();
        exact.Run();
        var expected = exact.Output();
        return contestant.Output().Zip(expected, (own, other) => Math.Abs((double)own - other)).Max() / expected.Max(Math.Abs);
    }
}

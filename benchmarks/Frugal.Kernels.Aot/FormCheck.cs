using Frugal.Kernels;

namespace Frugal.Kernels.Aot;

/// <summary>A packed form and how far it may be from a scalar loop over the weight that it stands for.</summary>
/// <param name="Name">What is printed.</param>
/// <param name="Tolerance">Largest difference over the largest output: a rounding error, or what coding inputs in 8 bits costs.</param>
/// <param name="Pack">Packs a weight <c>[out, in]</c>.</param>
/// <param name="TakesSigns">Whether only the signs of inputs count.</param>
internal sealed record FormCheck(string Name, double Tolerance, Func<float[], IPackedLinear> Pack, bool TakesSigns = false) : IFormCheck
{
    private const int Out = 45, In = 77, Rank = 6;
    private const double Rounding = 1e-5, Coding = 0.02;

    public static IReadOnlyList<FormCheck> All { get; } =
    [
        new("dense", Rounding, weight => PackedDense.Pack(weight, Out, In)),
        new("sparse", Rounding, weight => PackedSparse.Pack(weight, Out, In)),
        new("4x1", Rounding, weight => PackedBlockSparse.Pack(weight, Out, In, 4)),
        new("16x1", Rounding, weight => PackedBlockSparse.Pack(weight, Out, In, 16)),
        new("int8", Coding, weight => PackedInt8.Pack(weight, Out, In)),
        new("int4", Coding, weight => PackedLowBit.Pack(weight, Out, In, LowBitValues.Int4)),
        new("binary", Rounding, weight => PackedBinary.Pack(weight, Out, In), TakesSigns: true),
        new("weight-only", Rounding, weight => PackedWeightOnly.Pack(weight, Out, In, bits: 8)),
        new("2:4", Rounding, weight => PackedNofM.Pack(weight, Out, In, 2, 4)),
        new("2:4 int8", Coding, weight => PackedNofMInt8.Pack(weight, Out, In, 2)),
        new("Monarch", Rounding, _ => PackedMonarch.Pack(Values(4 * 9 * 20, 3), Values(4 * 12 * 9, 4), Out, In, 4, 9, 4)),
        new("MPO", Rounding, _ => PackedMpo.Pack([Values(5 * 11 * 2, 3), Values(2 * 9 * 7, 4)], [5, 9], [11, 7], [1, 2, 1], Out, In)),
        new("low rank", Rounding, _ => PackedLowRank.Pack(Values(Rank * In, 3), Values(Out * Rank, 4), Out, In, Rank)),
        new("low rank int8", 2 * Coding, _ => PackedLowRankInt8.Pack(Values(Rank * In, 3), Values(Out * Rank, 4), Out, In, Rank)),
    ];

    /// <summary>Over one, few and many rows, also after a way through a file's arrays.</summary>
    public double LargestError(int threads)
    {
        using var pool = new KernelPool(threads);
        var packed = Pack(Weight());
        var largest = 0.0;
        foreach (var layer in new[] { packed, PackedLinear.Import(packed.Export()) })
            foreach (var rows in new[] { 1, 3, 50 })
            {
                var input = Values(rows * In, seed: rows);
                var output = new float[rows * Out];
                layer.Run(input, rows, output, new() { Bias = Values(Out, seed: 9), Activation = Activation.Relu }, pool);
                largest = Math.Max(largest, Error(layer, input, output));
            }
        return largest;
    }

    private double Error(IPackedLinear layer, float[] input, float[] output)
    {
        var (weight, bias) = (new float[Out * In], Values(Out, seed: 9));
        layer.Unpack(weight);
        double difference = 0, size = 0;
        for (var i = 0; i < output.Length; i++)
        {
            double sum = bias[i % Out];
            for (var column = 0; column < In; column++)
            {
                double value = input[i / Out * In + column];
                sum += weight[i % Out * In + column] * (TakesSigns ? (value < 0 ? -1 : 1) : value);
            }
            difference = Math.Max(difference, Math.Abs(output[i] - Math.Max(sum, 0)));
            size = Math.Max(size, Math.Abs(sum));
        }
        return difference / size;
    }

    /// <summary>Two of four neighbouring inputs, and the same for four neighbouring outputs.</summary>
    private static float[] Weight()
    {
        var weight = Values(Out * In, seed: 1);
        for (var i = 0; i < weight.Length; i++)
            if ((i % In + i / In / 4) % 4 > 1)
                weight[i] = 0;
        return weight;
    }

    internal static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => 2 * random.NextSingle() - 1)];
    }
}

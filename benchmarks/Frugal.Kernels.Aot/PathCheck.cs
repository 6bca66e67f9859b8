using Frugal.Kernels;

namespace Frugal.Kernels.Aot;

/// <summary>A form whose best path on this processor is compared with the portable one, which the package's tests hold to scalar loops.</summary>
/// <param name="Name">What is printed.</param>
/// <param name="Compute">The outputs by the path of the pool.</param>
internal sealed record PathCheck(string Name, Func<KernelPool, float[]> Compute) : IFormCheck
{
    private const int Out = 45, In = 77, Features = 24, Rows = 35, Channels = 6, Side = 9, Batch = 2;

    private static ConvolutionShape Shape { get; } = new(Channels, 3, 3) { PaddingHeight = 1, PaddingWidth = 1, StrideWidth = 2 };

    /// <summary>Rounding: both paths sum in single precision, in another order.</summary>
    public double Tolerance => 1e-5;

    public static IReadOnlyList<PathCheck> All { get; } =
    [
        new("4x1 convolution", pool => Convolved(PackedBlockSparse.Pack(Values(Out * Shape.InFeatures, 1), Out, Shape.InFeatures, 4), pool)),
        new("int8 convolution", pool => Convolved(PackedInt8.Pack(Values(Out * Shape.InFeatures, 1), Out, Shape.InFeatures), pool)),
        new("SNNK", pool => Run(PackedSnnk.Pack(Values(Features * In, 1), Values(Out * Features, 2), Out, In, Features, Values(Out, 3)), pool)),
        new("KAN", pool => Run(PackedKan.Pack(Functions(), Values(Out * Functions().Sum(group => group.Features), 2), Out, In, Values(Out, 3)), pool)),
    ];

    public double LargestError(int threads)
    {
        using KernelPool pool = new(threads), portable = new(threads) { Level = SimdLevel.Portable };
        float[] expected = Compute(portable);
        return Compute(pool).Zip(expected, (own, other) => Math.Abs((double)own - other)).Max() / expected.Max(Math.Abs);
    }

    private static float[] Convolved(IPackedLinear weight, KernelPool pool)
    {
        var output = new float[Batch * Out * Shape.OutHeight(Side) * Shape.OutWidth(Side)];
        new PackedConvolution(weight, Shape).Run(Values(Batch * Channels * Side * Side, 4), Batch, Side, Side, output, new() { Bias = Values(Out, 3), Activation = Activation.Relu }, pool);
        return output;
    }

    private static float[] Run(IRowOperator layer, KernelPool pool)
    {
        var output = new float[Rows * Out];
        layer.Run(Values(Rows * In, 4), Rows, output, pool);
        return output;
    }

    /// <summary>Every family, on inputs that take turns in them.</summary>
    private static KanFunctions[] Functions()
    {
        const int Intervals = 4, Order = 3, Knots = Intervals + 2 * Order + 1;
        int[] Turn(int family) => [.. Enumerable.Range(0, In).Where(input => input % 3 == family)];
        return
        [
            new(KanFunction.Silu, [.. Enumerable.Range(0, In)], 1),
            new(KanFunction.BSpline, Turn(0), Intervals + Order, Order, [.. Turn(0).SelectMany(_ => Enumerable.Range(0, Knots).Select(knot => (knot - Order) * 0.5f - 1))]),
            new(KanFunction.Radial, Turn(1), 5),
            new(KanFunction.Chebyshev, Turn(2), 4),
        ];
    }

    private static float[] Values(int count, int seed) => FormCheck.Values(count, seed);
}

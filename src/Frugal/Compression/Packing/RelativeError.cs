using static TorchSharp.torch;

namespace Frugal.Compression.Packing;

/// <summary>How far an output is from another: root mean square of the difference over that of the exact one.</summary>
internal static class RelativeError
{
    /// <summary>Infinite where the output is not finite and the exact one is; 0 where both are zero.</summary>
    public static double Of(Tensor output, Tensor exact)
    {
        using var scope = NewDisposeScope();
        double difference = (output.to(float64) - exact.to(float64)).norm().item<double>(), size = exact.to(float64).norm().item<double>();
        return difference == 0 ? 0 : double.IsNaN(difference) || size == 0 ? double.PositiveInfinity : difference / size;
    }
}

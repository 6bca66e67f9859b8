using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>What the filters of one-way convolutions begin with, drawn from libtorch's generator.</summary>
internal static class FreshFilters
{
    /// <summary>Normal numbers of a standard deviation.</summary>
    public static Parameter Of(long[] shape, double std)
    {
        using var scope = NewDisposeScope();
        return DenseLayer.ParameterOf(randn(shape).mul_(std));
    }

    /// <summary>Zeros, for a bias.</summary>
    public static Parameter Zeros(long count)
    {
        using var scope = NewDisposeScope();
        return DenseLayer.ParameterOf(zeros(count));
    }
}

using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx;

/// <summary>Random inputs in the manner of an example: numbers around its mean, integers from its range.</summary>
internal static class RandomInput
{
    public static Tensor Like(GraphExample example, CaptureSizes sizes, RandomStream random)
    {
        using var scope = NewDisposeScope();
        var like = example.With(sizes);
        if (like.dim() == 0 || like.numel() == 0)
            return like.MoveToOuterDisposeScope();
        var data = like.to(ScalarType.Float64);
        var (low, high) = (data.min().item<double>(), data.max().item<double>());
        var (mean, deviation) = (data.mean().item<double>(), data.std(unbiased: false).item<double>());
        // An example of zeros says nothing about the inputs to come.
        if (deviation == 0)
            (mean, deviation) = (0, 1);
        var values = new double[like.numel()];
        for (var i = 0; i < values.Length; i++)
            values[i] = like.is_floating_point() ? mean + deviation * random.NextNormal() : low + random.NextInt((int)(high - low) + 1);
        return tensor(values, like.shape).to(like.dtype).to(example.Device).MoveToOuterDisposeScope();
    }
}

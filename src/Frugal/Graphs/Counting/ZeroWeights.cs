using static TorchSharp.torch;

namespace Frugal.Graphs.Counting;

/// <summary>Share of a weight's elements that are not zero, for parameters, buffers and views of them; each tensor is looked at once.</summary>
internal sealed class ZeroWeights
{
    private readonly Dictionary<GraphParameter, long> whole = [];

    /// <summary>Elements of <paramref name="weight"/> that are not zero; all of them where it is an activation.</summary>
    public long NonZeros(GraphValue weight)
    {
        if (weight.Storage.Parameter is not { } parameter || weight.NumElements == 0)
            return weight.NumElements;
        if (weight.NumElements != parameter.Tensor.numel() || weight.Layout.Strides.Contains(0))
            return Count(Window(parameter.Tensor, weight.Layout));
        if (!whole.TryGetValue(parameter, out var count))
            whole[parameter] = count = Count(parameter.Tensor.detach());
        return count;
    }

    private static Tensor Window(Tensor parameter, TensorLayout layout) =>
        parameter.detach().as_strided([.. layout.Shape], [.. layout.Strides], layout.Offset);

    private static long Count(Tensor elements)
    {
        using (elements)
        using (var count = elements.count_nonzero())
            return count.item<long>();
    }
}

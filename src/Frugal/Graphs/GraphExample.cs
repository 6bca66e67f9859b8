using static TorchSharp.torch;

namespace Frugal.Graphs;

/// <summary>An example input, kept as plain bytes so that the graph may outlive the caller's tensor.</summary>
/// <param name="Data">Its elements.</param>
/// <param name="Device">Where it was.</param>
/// <param name="Lengths">Those of its axes whose length may change.</param>
internal sealed record GraphExample(ConstantData Data, Device Device, IReadOnlyList<DynamicLength> Lengths)
{
    public static GraphExample Of(Tensor tensor, IReadOnlyList<DynamicLength> lengths) => new(ConstantData.Of(tensor), tensor.device, lengths);

    /// <summary>The examples of the batch, over and over, until there are as many as asked for, each cut to the lengths asked for.</summary>
    public Tensor With(CaptureSizes sizes)
    {
        using var scope = NewDisposeScope();
        var tensor = Data.ToTensor();
        if (tensor.dim() > 0)
            tensor = tensor.index_select(0, arange(sizes.Batch).remainder(tensor.shape[0]));
        foreach (var length in Lengths)
        {
            if (sizes.Lengths.TryGetValue(length.Name, out long size))
                tensor = tensor.narrow(length.Axis, 0, size);
        }
        return tensor.contiguous().to(Device).MoveToOuterDisposeScope();
    }
}

using static TorchSharp.torch;

namespace Frugal.Graphs;

/// <summary>An example input, kept as plain bytes so that the graph may outlive the caller's tensor.</summary>
internal sealed record GraphExample(ConstantData Data, Device Device)
{
    public static GraphExample Of(Tensor tensor) => new(ConstantData.Of(tensor), tensor.device);

    /// <summary>The examples of the batch, over and over, until there are <paramref name="batch"/>.</summary>
    public Tensor WithBatch(long batch)
    {
        using var scope = NewDisposeScope();
        var tensor = Data.ToTensor();
        if (tensor.dim() > 0)
            tensor = tensor.index_select(0, arange(batch).remainder(tensor.shape[0]));
        return tensor.to(Device).MoveToOuterDisposeScope();
    }
}

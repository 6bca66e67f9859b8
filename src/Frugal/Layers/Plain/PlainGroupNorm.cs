using Frugal.Graphs.Groups;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>torch's group normalisation with a scale and a shift for each channel.</summary>
internal sealed record PlainGroupNorm(long NumGroups, long NumChannels, double Eps = 1e-5) : PlainLayer
{
    public override Module<Tensor, Tensor> Build() => GroupNorm(NumGroups, NumChannels, Eps);

    public override PlainLayer Fit(Func<string, IReadOnlyList<long>> shapeOf)
    {
        long channels = shapeOf("weight")[0];
        return this with { NumChannels = channels, NumGroups = GroupedChannels.GoWhole(NumChannels, NumGroups) ? channels / (NumChannels / NumGroups) : NumGroups };
    }
}

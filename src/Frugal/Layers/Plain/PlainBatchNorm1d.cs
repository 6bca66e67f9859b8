using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>torch's batch normalisation of features, or of channels along one axis; <c>Momentum</c> is null where the statistics are a plain mean.</summary>
internal sealed record PlainBatchNorm1d(long NumFeatures, double Eps = 1e-5, double? Momentum = 0.1, bool IsAffine = true, bool HasRunningStatistics = true) : PlainLayer
{
    public override Module<Tensor, Tensor> Build()
    {
        var norm = BatchNorm1d(NumFeatures, Eps, affine: IsAffine, track_running_stats: HasRunningStatistics);
        norm.momentum = Momentum;
        return norm;
    }

    public override PlainLayer Fit(Func<string, IReadOnlyList<long>> shapeOf) =>
        IsAffine || HasRunningStatistics ? this with { NumFeatures = shapeOf(IsAffine ? "weight" : "running_mean")[0] } : this;
}

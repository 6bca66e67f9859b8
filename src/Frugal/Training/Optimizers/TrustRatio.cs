using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary>The paper's <c>phi(|x|)/|u|</c>: how much a tensor's update is rescaled so that its length is in proportion to the weights.</summary>
/// <param name="low">Lower bound γ_l of the weight norm, or null.</param>
/// <param name="high">Upper bound γ_u of the weight norm, or null.</param>
internal sealed class TrustRatio(double? low, double? high)
{
    private readonly double low = low ?? 0;
    private readonly double high = low > high
        ? throw new FrugalException($"phi-low is {low} and phi-high {high}: the lower bound of the weight norm must not lie above the upper one.")
        : high ?? double.PositiveInfinity;

    /// <summary>The ratio; 1 where weights or update are all zero. The weights must be those before the update.</summary>
    public double Of(Tensor weights, Tensor update)
    {
        double weightNorm = weights.Norm(), updateNorm = update.Norm();
        return weightNorm > 0 && updateNorm > 0 ? Math.Clamp(weightNorm, low, high) / updateNorm : 1;
    }
}

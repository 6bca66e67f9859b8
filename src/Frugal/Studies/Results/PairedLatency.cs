using Frugal.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Studies.Results;

/// <summary>Latency of one model against another, from the paired ratios of each round.</summary>
internal static class PairedLatency
{
    /// <summary>Measures both in turns.</summary>
    /// <param name="baseline">What the ratio is against.</param>
    /// <param name="model">The model measured.</param>
    /// <param name="input">A batch, <c>[batch, channels, height, width]</c>.</param>
    public static LatencyResult Of(Module<Tensor, Tensor> baseline, Module<Tensor, Tensor> model, Tensor input)
    {
        double[][] times = LatencyMeter.Measure([baseline, model], input);
        double[] ratios = [.. times.Select(round => round[0] / round[1])];
        return new LatencyResult(
            (int)input.shape[0],
            Statistics.Median(times.Select(round => round[1])),
            Statistics.Median(ratios),
            Statistics.Quantile(ratios, 0.05),
            Statistics.Quantile(ratios, 0.95));
    }
}

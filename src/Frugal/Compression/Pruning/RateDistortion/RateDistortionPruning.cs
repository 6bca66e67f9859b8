using Frugal.Graphs;
using Frugal.Layers.Surgery;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Compression.Pruning;

/// <summary>
/// Rate-distortion layer-adaptive pruning for people with a training loop of their own (Xu et al. 2023, arXiv 2308.10438); the step <see cref="RdPruning"/> calls it. How much of each layer goes is
/// chosen from what pruning it does to the network's outputs, with a dynamic programme over the layers; needs neither labels nor gradients.
/// </summary>
public static class RateDistortionPruning
{
    /// <summary>Prunes a network.</summary>
    /// <param name="model">The network; its smallest weights become zero in place.</param>
    /// <param name="inputs">Calibration examples in batches, without labels; standard normal numbers where there is no data.</param>
    /// <param name="sparsity">Share of the budget that goes, 0 to 1: of the weights, or of their multiply-adds.</param>
    /// <param name="grid">Steps of each layer's curve, K.</param>
    /// <param name="form">How the outputs' change is taken together over the examples.</param>
    /// <param name="budget">What is counted.</param>
    /// <param name="layers">Which linear and convolution layers take part; null for all.</param>
    /// <param name="note">Told what goes of each layer.</param>
    /// <returns>What goes of each layer, what that should cost, and what it costs.</returns>
    /// <exception cref="FrugalException">No layer is chosen, or there are no examples; the network is as before.</exception>
    public static RateDistortionReport Prune(
        Module<Tensor, Tensor> model, IReadOnlyList<Tensor> inputs, double sparsity, int grid = 100, DistortionForm form = DistortionForm.Worst, PruningBudget budget = PruningBudget.Weights,
        LayerSelection? layers = null, Action<string>? note = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputs);
        Guard.Between(sparsity, 0, 1);
        Guard.Between(grid, 1, 10_000);
        using var scope = NewDisposeScope();
        var weights = WeightsOf(model, inputs, budget, layers ?? LayerSelection.All);
        try
        {
            using var outputs = new OutputDistortion(model, inputs, form);
            var curves = Curves(weights, outputs, grid);
            long all = curves.Sum(curve => curve.NumWeights * curve.CostPerWeight), kept = (long)Math.Floor((1 - sparsity) * all + 1e-9);
            var allocation = RateAllocation.Find(
                [.. curves.Select(curve => curve.Distortions)], [.. curves.Select(curve => curve.Costs)], kept, [.. weights.Select((weight, i) => FirstAllowed(weight, grid))]);
            foreach (var (weight, index) in weights.Zip(allocation.Indexes))
                weight.Prune(DistortionCurve.CountPruned(weight.NumWeights, index, grid));
            var report = new RateDistortionReport(curves, allocation, outputs.Measure());
            foreach (string line in report.Lines)
                note?.Invoke(line);
            return report;
        }
        catch
        {
            weights.ForEach(weight => weight.Restore());
            throw;
        }
        finally
        {
            weights.ForEach(weight => weight.Dispose());
        }
    }

    /// <summary>The distortion curves alone, for a look at what a network's layers can do without; the network is as before.</summary>
    /// <inheritdoc cref="Prune"/>
    public static IReadOnlyList<DistortionCurve> Curves(
        Module<Tensor, Tensor> model, IReadOnlyList<Tensor> inputs, int grid = 100, DistortionForm form = DistortionForm.Worst, LayerSelection? layers = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputs);
        using var scope = NewDisposeScope();
        var weights = WeightsOf(model, inputs, PruningBudget.Weights, layers ?? LayerSelection.All);
        try
        {
            using var outputs = new OutputDistortion(model, inputs, form);
            return Curves(weights, outputs, grid);
        }
        finally
        {
            weights.ForEach(weight => weight.Dispose());
        }
    }

    internal static IReadOnlyList<DistortionCurve> Curves(IReadOnlyList<PrunedLayer> weights, OutputDistortion outputs, int grid) =>
        [.. weights.Select(weight => new DistortionCurve(weight.Name, weight.NumWeights, weight.CostPerWeight, Curve(weight, outputs, grid)))];

    /// <summary>The distortion at each point of the grid with this layer pruned and no other. Points at which as many weights go are measured once.</summary>
    private static double[] Curve(PrunedLayer weight, OutputDistortion outputs, int grid)
    {
        var curve = new double[grid + 1];
        try
        {
            for (int index = 1; index <= grid; index++)
            {
                long count = DistortionCurve.CountPruned(weight.NumWeights, index, grid);
                if (count == DistortionCurve.CountPruned(weight.NumWeights, index - 1, grid))
                {
                    curve[index] = curve[index - 1];
                    continue;
                }
                weight.Prune(count);
                curve[index] = outputs.Measure();
            }
            return curve;
        }
        finally
        {
            weight.Restore();
        }
    }

    /// <summary>Nothing that a round before has pruned comes back: the first point of the grid with as many zeros.</summary>
    private static int FirstAllowed(PrunedLayer weight, int grid) => (int)Math.Ceiling(weight.ZeroShare * grid - 1e-6) switch
    {
        // A layer has a zero by chance; that is no pruning.
        <= 1 => 0,
        var first => Math.Min(first, grid),
    };

    private static List<PrunedLayer> WeightsOf(Module<Tensor, Tensor> model, IReadOnlyList<Tensor> inputs, PruningBudget budget, LayerSelection layers)
    {
        var kernels = KernelWeights.Of(model, layers);
        var macs = budget == PruningBudget.Macs && inputs.Count > 0 ? Graph.Capture(model, inputs[0].narrow(0, 0, 1)).Count().Layers.ToDictionary(layer => layer.Path, layer => layer.Macs) : null;
        return [.. kernels.Select(kernel => new PrunedLayer(
            $"{kernel.Path}.weight", kernel.Weight, macs is null ? 1 : Math.Max(1, macs.GetValueOrDefault(kernel.Path) / kernel.Weight.numel())))];
    }
}

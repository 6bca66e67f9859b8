using Frugal.Layers;
using Frugal.Recipes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Shift;

/// <summary>A layer with shift weights in training, with the codes that it began with.</summary>
internal sealed class ShiftedLayer(string path, Module module) : IDisposable
{
    private readonly Tensor initial = ((IDenseShiftLayer)module).Codes().DetachFromDisposeScope();

    public string Path => path;

    public Module Module => module;

    public IDenseShiftLayer Shift => (IDenseShiftLayer)module;

    /// <summary>Shares of signs and of weights that are what they were at the start, over all layers, and of the last layer's signs.</summary>
    public static void Measure(IReadOnlyList<ShiftedLayer> layers, MetricSet metrics)
    {
        var counts = layers.Select(layer => layer.Unchanged()).ToList();
        double all = counts.Sum(count => count.All);
        metrics["unchanged-signs"] = counts.Sum(count => count.Signs) / all;
        metrics["unchanged-weights"] = counts.Sum(count => count.Weights) / all;
        metrics["unchanged-signs-last"] = (double)counts[^1].Signs / counts[^1].All;
    }

    private (long Signs, long Weights, long All) Unchanged()
    {
        using var scope = NewDisposeScope();
        Tensor now = Shift.Codes(), sign = tensor(1 << (Shift.Bits - 1), uint8, now.device);
        return (now.bitwise_and(sign).eq(initial.bitwise_and(sign)).sum().item<long>(), now.eq(initial).sum().item<long>(), now.numel());
    }

    public void Dispose() => initial.Dispose();
}

using Frugal.Data;
using Frugal.Graphs;
using Frugal.Layers;
using Frugal.Layers.Packed;
using Frugal.Models;
using static TorchSharp.torch;

namespace Frugal.Recipes;

/// <summary>Measures how big a model is.</summary>
public static class ModelMeasure
{
    /// <summary>Counts parameters, bytes and multiply-adds.</summary>
    /// <param name="model">The model, in any mode; it is left as it is.</param>
    /// <param name="data">Shape of one example.</param>
    public static ModelSize Of(Model model, DataInfo data)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        long parameters = 0, nonZero = 0, bytes = 0;
        foreach (var (_, parameter) in model.named_parameters())
        {
            parameters += parameter.numel();
            nonZero += parameter.count_nonzero().item<long>();
            bytes += parameter.numel() * parameter.element_size();
        }
        foreach (var (_, buffer) in model.named_buffers())
            bytes += buffer.numel() * buffer.element_size();
        var stored = model.modules().Prepend(model).OfType<IStoredWeights>().ToList();
        parameters += stored.Sum(layer => layer.StoredWeights);
        nonZero += stored.Sum(layer => layer.NonZeroWeights);
        var (macs, nonZeroMacs) = Count(model, data);
        return new ModelSize(parameters, nonZero, bytes, macs, nonZeroMacs);
    }

    private static IEnumerable<nn.Module<Tensor, Tensor>> Packed(Model model) => model.modules().Prepend(model).OfType<nn.Module<Tensor, Tensor>>().Where(module => module is IPackedLayer);

    // What runs on kernels of ours is not in the graph of libtorch's operators: each such layer is counted as its rows pass.
    private static (long Macs, long NonZeroMacs) Count(Model model, DataInfo data)
    {
        long macs = 0, nonZeroMacs = 0;
        var hooks = Packed(model).Select(layer => layer.register_forward_hook((module, input, output) =>
        {
            var packed = (IPackedLayer)module;
            long rows = input.numel() / packed.InFeatures;
            macs += rows * packed.MacsPerRow;
            nonZeroMacs += rows * packed.NonZeroMacsPerRow;
            return output;
        })).ToList();
        bool wasTraining = model.training;
        model.eval();
        try
        {
            var device = model.parameters().FirstOrDefault()?.device ?? CPU;
            var cost = Graph.Capture(model, zeros(1, data.Channels, data.Height, data.Width, device: device)).Count();
            return (cost.Macs + macs, cost.NonZeroMacs + nonZeroMacs);
        }
        finally
        {
            hooks.ForEach(hook => hook.remove());
            model.train(wasTraining);
        }
    }
}

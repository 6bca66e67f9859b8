using Frugal.Data;
using Frugal.Graphs;
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
        var device = model.parameters().FirstOrDefault()?.device ?? CPU;
        var cost = Graph.Capture(model, model.Example(1, device)).Count();
        return new ModelSize(parameters, nonZero, bytes, cost.Macs, cost.NonZeroMacs);
    }
}

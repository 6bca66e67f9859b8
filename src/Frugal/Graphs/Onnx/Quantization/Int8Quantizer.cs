using Frugal.Graphs.Onnx.Calibration;
using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Rewriting;
using static TorchSharp.torch;

namespace Frugal.Graphs.Onnx.Quantization;

/// <summary>
/// Static quantisation after training: batch norms are folded, the ranges of activations are measured on examples, and products with constant weights are written with unsigned 8-bit
/// activations and signed 8-bit weights, a scale for each output channel (Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
/// Inference"; per-channel weights as in Krishnamoorthi 2018).
/// </summary>
internal static class Int8Quantizer
{
    private const int AllBits = 127, OneBitLess = 63;

    /// <summary>The model with integers, run under ONNX Runtime beside its simulation.</summary>
    /// <param name="model">The model in floating point, tried already.</param>
    /// <param name="batches">Calibration examples, a batch each.</param>
    /// <param name="options">What becomes integer, and how.</param>
    /// <exception cref="GraphException">There is nothing to quantise or to calibrate with, or the integer kernels compute something else.</exception>
    public static (OnnxModel Model, Int8Report Report) Quantize(OnnxModel model, IReadOnlyList<Tensor> batches, Int8Options options)
    {
        if (batches.Count == 0 || batches.Any(batch => batch.shape[0] == 0))
            throw new GraphException("There are no examples to calibrate with; the ranges of activations are measured on some.");
        if (model.Inputs.Count != 1)
            throw new GraphException($"The model has {model.Inputs.Count} inputs; calibration feeds one.");
        var folded = BatchNormFolding.Fold(model);
        var products = Chosen(folded, options);
        var plan = Plan(folded, products, batches, options);
        var integers = QuantizedRewrite.Of(folded, plan, new IntegerForm());
        var simulation = QuantizedRewrite.Of(folded, plan, new SimulatedForm());
        var (difference, error) = Int8Trial.Compare(integers, simulation, model, batches[0], options.Tolerance);
        return (integers, new Int8Report([.. products.Select(product => product.Path).Distinct()], difference, error));
    }

    private static List<WeightedOperator> Chosen(OnnxModel model, Int8Options options)
    {
        var index = new OnnxIndex(model);
        var products = model.Nodes.Select(node => WeightedOperator.Of(node, index)).OfType<WeightedOperator>().ToList();
        if (options.Choose is { } choose)
        {
            var chosen = choose([.. products.Select(product => product.Path).Distinct()]).ToHashSet();
            products.RemoveAll(product => !chosen.Contains(product.Path));
        }
        return products.Count > 0
            ? products
            : throw new GraphException("No layer is left to quantise: that takes a convolution, a linear layer or a matrix product with a weight of its own.");
    }

    private static QuantizationPlan Plan(OnnxModel model, List<WeightedOperator> products, IReadOnlyList<Tensor> batches, Int8Options options)
    {
        var sources = new ActivationChoice(new OnnxIndex(model), products).Sources();
        var histograms = new CalibrationRun(model, [.. sources.Values.Distinct()]).Observe(batches);
        var codes = histograms.ToDictionary(watched => watched.Key, watched => ActivationCode.Of(RangeOf(watched.Value, options)));
        var activations = sources.ToDictionary(value => value.Key, value => codes[value.Value]);
        var limit = options.ReduceRange ? OneBitLess : AllBits;
        return new(activations, products.ToDictionary(product => product.Node.Outputs[0], product => QuantizedOperator.Of(product, activations[product.Activation], limit)));
    }

    private static ActivationRange RangeOf(ActivationHistogram histogram, Int8Options options) => options.Method switch
    {
        CalibrationMethod.Percentile => ActivationRange.Percentile(histogram, options.Percentile),
        CalibrationMethod.Mse => ActivationRange.LeastSquares(histogram),
        _ => ActivationRange.Around(histogram.Low, histogram.High),
    };
}

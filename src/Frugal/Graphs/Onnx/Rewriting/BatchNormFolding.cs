using Frugal.Graphs.Onnx.Model;

namespace Frugal.Graphs.Onnx.Rewriting;

/// <summary>
/// Takes batch norms into the weights of the convolution or linear layer before them, of which they are the only user: with <c>f = γ / √(var + ε)</c>
/// for each output channel, <c>w' = w · f</c> and <c>b' = (b - mean) · f + β</c>. The result differs by rounding only.
/// </summary>
internal static class BatchNormFolding
{
    private const double DefaultEpsilon = 1e-5;

    public static OnnxModel Fold(OnnxModel model)
    {
        var index = new OnnxIndex(model);
        var draft = new OnnxDraft(model);
        var folds = model.Nodes.Select(node => BatchNormFold.Of(node, index)).OfType<BatchNormFold>().ToDictionary(fold => fold.Layer.Outputs[0]);
        var gone = folds.Values.Select(fold => fold.Norm.Outputs[0]).ToHashSet();
        foreach (var node in model.Nodes)
        {
            if (gone.Contains(node.Outputs[0]))
                continue;
            draft.Keep(folds.TryGetValue(node.Outputs[0], out var fold) ? Folded(fold, draft) : node);
        }
        return draft.Finish();
    }

    private static OnnxNode Folded(BatchNormFold fold, OnnxDraft draft)
    {
        var (weight, channels) = (fold.Weight.Read<float>(), fold.Bias.NumElements);
        double[] gamma = Doubles(fold.Gamma), beta = Doubles(fold.Bias), mean = Doubles(fold.Mean), variance = Doubles(fold.Variance);
        var before = fold.LayerBias is { } own ? Doubles(own) : new double[channels];
        var factor = gamma.Zip(variance, (scale, spread) => scale / Math.Sqrt(spread + fold.Norm.Number("epsilon", DefaultEpsilon))).ToArray();
        var row = weight.Length / factor.Length;
        for (var i = 0; i < weight.Length; i++)
            weight[i] = (float)(weight[i] * factor[i / row]);
        var bias = factor.Select((value, channel) => (float)((before[channel] - mean[channel]) * value + beta[channel])).ToArray();
        draft.Replace(OnnxTensor.Of(fold.Weight.Name, OnnxElement.Float, fold.Weight.Shape, weight));
        draft.Replace(OnnxTensor.Of(fold.BiasName, OnnxElement.Float, [channels], bias));
        return fold.Layer with { Inputs = [fold.Layer.Inputs[0], fold.Weight.Name, fold.BiasName], Outputs = fold.Norm.Outputs };
    }

    private static double[] Doubles(OnnxTensor constant) => [.. constant.Read<float>().Select(value => (double)value)];
}

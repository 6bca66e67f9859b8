using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>A weight of which scores keep a share, as parameters of its layer: <c>weight</c> and <c>popup_scores</c>.</summary>
internal sealed class ScoredWeight
{
    private const string WeightName = "weight", ScoresName = "popup_scores";
    private readonly Module layer;

    /// <summary>Draws both from libtorch's generator, uniform within 1/√fan-in, and registers them.</summary>
    public ScoredWeight(Module layer, long[] shape)
    {
        this.layer = layer;
        double bound = 1 / Math.Sqrt(shape.Skip(1).Aggregate(1L, (product, side) => product * side));
        foreach (string name in new[] { WeightName, ScoresName })
        {
            using var scope = NewDisposeScope();
            layer.register_parameter(name, DenseLayer.ParameterOf(empty(shape).uniform_(-bound, bound)));
        }
    }

    // By name, since moving a layer to another device or type gives it other parameters.
    public Parameter Weight => layer.get_parameter(WeightName)!;

    public Parameter Scores => layer.get_parameter(ScoresName)!;

    /// <summary>The weight with zeros where the mask is 0.</summary>
    public Tensor Masked(double keepShare, bool keepsOne)
    {
        if (keepShare == 1 && !Scores.requires_grad)
            return Weight.alias();
        using var mask = PopupScores.Mask(Scores, keepShare, keepsOne);
        return Weight * mask;
    }

    /// <summary>Gives the weight these values, and scores whose mask is that of the largest weights.</summary>
    public void Take(Tensor weight)
    {
        using var mode = no_grad();
        Weight.copy_(weight);
        Scale();
    }

    /// <summary>Scores whose mask is that of the largest weights.</summary>
    public void Scale()
    {
        using var mode = no_grad();
        using var scaled = PopupScores.Scaled(Weight);
        Scores.copy_(scaled);
    }

    /// <summary>Scores that know nothing of the weight: Gaussian with variance 2 / fan-in.</summary>
    public void Draw(Generator generator)
    {
        using var mode = no_grad();
        using var scope = NewDisposeScope();
        Scores.copy_(randn(Scores.shape, generator: generator).mul_(Math.Sqrt(2.0 * Scores.shape[0] / Scores.numel())));
    }
}

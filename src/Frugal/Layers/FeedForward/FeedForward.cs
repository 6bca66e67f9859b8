using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// The feed-forward block of a transformer: <c>[…, dim]</c> to <c>[…, hiddenDim]</c> and back, with a non-linearity between. Weight names as in timm:
/// <c>fc1</c> and <c>fc2</c>.
/// </summary>
public sealed class FeedForward : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> fc1, act, drop1, fc2, drop2;

    /// <param name="dim">Width of a token.</param>
    /// <param name="hiddenDim">Width between the two layers.</param>
    /// <param name="activation">The non-linearity.</param>
    /// <param name="dropRate">Share of units that dropout sets to zero in training, after each layer.</param>
    /// <param name="hasBias">Whether the layers have biases.</param>
    public FeedForward(long dim, long hiddenDim, Activation activation = Activation.Gelu, double dropRate = 0, bool hasBias = true) : base(nameof(FeedForward))
    {
        fc1 = Linear(dim, hiddenDim, hasBias: hasBias);
        act = ActivationLayer.Of(activation);
        drop1 = Dropout(dropRate);
        fc2 = Linear(hiddenDim, dim, hasBias: hasBias);
        drop2 = Dropout(dropRate);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var hidden = drop1.call(act.call(fc1.call(input)));
        return drop2.call(fc2.call(hidden)).MoveToOuterDisposeScope();
    }
}

using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// Stochastic depth (Huang et al. 2016, "Deep networks with stochastic depth"): in training, the residual branch of each example is dropped with the given
/// probability and scaled by 1 / (1 - rate) otherwise; in evaluation nothing happens. Drawn from libtorch's generator, like dropout.
/// </summary>
public sealed class DropPath : Module<Tensor, Tensor>
{
    private readonly double rate;

    /// <param name="rate">Probability of dropping the branch, from 0 up to, but not including, 1.</param>
    public DropPath(double rate) : base(nameof(DropPath)) => this.rate = Guard.Fraction(rate, nameof(rate));

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!training || rate == 0)
            return input.alias();
        using var scope = NewDisposeScope();
        var shape = input.shape;
        Array.Fill(shape, 1, 1, shape.Length - 1);
        var kept = functional.dropout(ones(shape, input.dtype, input.device), rate, training: true);
        return (input * kept).MoveToOuterDisposeScope();
    }
}

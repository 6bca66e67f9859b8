using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Squeeze and excitation (Hu et al. 2018, arXiv 1709.01507): every channel is scaled by a number from 0 to 1 that two layers make of all channels' means. Names as in timm: <c>fc1</c>, <c>fc2</c>.</summary>
public sealed class SqueezeExcite : Module<Tensor, Tensor>
{
    private const long Divisor = 8;

    private Module<Tensor, Tensor> fc1, act, fc2, gate;

    /// <param name="dim">Channels.</param>
    /// <param name="ratio">Channels between the two layers, as a part of all; rounded to a multiple of 8, at least 8, as timm does.</param>
    public SqueezeExcite(long dim, double ratio = 0.25) : base(nameof(SqueezeExcite))
    {
        long hidden = Math.Max(Divisor, (long)(ratio * dim + Divisor / 2.0) / Divisor * Divisor);
        fc1 = Conv2d(dim, hidden, 1);
        act = ReLU();
        fc2 = Conv2d(hidden, dim, 1);
        gate = Sigmoid();
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        return (input * gate.call(fc2.call(act.call(fc1.call(input.mean([2, 3], keepdim: true)))))).MoveToOuterDisposeScope();
    }
}

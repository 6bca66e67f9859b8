using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// A linear layer of which a part runs: its first rows, which then make fewer outputs, or its first columns, which take fewer inputs; the bias of the latter is whole. The parameters are those of the layer that it
/// stands for, under the same names, and what did not run gets gradients of exactly zero.
/// </summary>
internal sealed class NestedLinear : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly bool cutsOutputs;

    /// <param name="layer">The layer that it stands for, whose parameters it shares.</param>
    /// <param name="cutsOutputs">True when its outputs are cut, otherwise its inputs.</param>
    public NestedLinear(Linear layer, bool cutsOutputs) : base(nameof(NestedLinear))
    {
        ArgumentNullException.ThrowIfNull(layer);
        (weight, bias, this.cutsOutputs) = (layer.weight!, layer.bias, cutsOutputs);
        RegisterComponents();
        Width = cutsOutputs ? weight.shape[0] : weight.shape[1];
    }

    /// <summary>How many outputs, or inputs, take part.</summary>
    public long Width { get; set; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var part = weight.narrow(cutsOutputs ? 0 : 1, 0, Width);
        return functional.linear(input, part, cutsOutputs ? bias?.narrow(0, 0, Width) : bias).MoveToOuterDisposeScope();
    }
}

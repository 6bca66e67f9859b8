using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// The gated feed-forward block (Shazeer 2020, arXiv 2002.05202): <c>down(activation(gate(x)) ⊙ up(x))</c>, <c>[…, dim]</c> to the same shape. Weight names as in LLaMA:
/// <c>gate_proj</c>, <c>up_proj</c>, <c>down_proj</c>.
/// </summary>
public sealed class GatedFeedForward : Module<Tensor, Tensor>
{
    private Module<Tensor, Tensor> gate_proj, up_proj, down_proj, act;

    /// <param name="dim">Width of a token.</param>
    /// <param name="hiddenDim">Width between.</param>
    /// <param name="activation">The gate's non-linearity; it belongs to the block from here on.</param>
    /// <param name="hasBias">Whether the layers have biases.</param>
    public GatedFeedForward(long dim, long hiddenDim, Module<Tensor, Tensor> activation, bool hasBias = false) : base(nameof(GatedFeedForward))
    {
        gate_proj = Linear(dim, hiddenDim, hasBias: hasBias);
        up_proj = Linear(dim, hiddenDim, hasBias: hasBias);
        down_proj = Linear(hiddenDim, dim, hasBias: hasBias);
        act = activation;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return down_proj.call(act.call(gate_proj.call(input)) * up_proj.call(input)).MoveToOuterDisposeScope();
    }
}

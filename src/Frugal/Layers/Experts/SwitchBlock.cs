using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Layers.Experts;

/// <summary>
/// A transformer block whose feed-forward part is a Switch layer (Fedus et al. 2021), normalised before each part: <c>[batch, tokens, dim]</c> to the same. Names: <c>attn.q_lin</c>, <c>k_lin</c>, <c>v_lin</c>,
/// <c>out_lin</c>, <c>norm_self_attn</c>, <c>norm_ff</c>, <c>feed_forward</c> (a <see cref="MixtureOfExperts"/>).
/// </summary>
internal sealed class SwitchBlock : Module<Tensor, Tensor>, IMaskedLayer
{
    private readonly Module<Tensor, Tensor> norm_self_attn, norm_ff, drop1, drop2;
    private Module<Tensor, Tensor> attn;
    private MixtureOfExperts feed_forward;

    public SwitchBlock(
        long dim, long hiddenDim, int numExperts, long numHeads, double dropRate, bool scalesOutput, ExpertCapacity? capacity, double balanceWeight, double normEpsilon) : base(nameof(SwitchBlock))
    {
        attn = new ProjectedAttention(dim, dim / numHeads);
        norm_self_attn = LayerNorm(dim, normEpsilon);
        norm_ff = LayerNorm(dim, normEpsilon);
        drop1 = Dropout(dropRate);
        drop2 = Dropout(dropRate);
        feed_forward = new(dim, hiddenDim, numExperts, new SwitchRouter { ScalesOutput = scalesOutput }, hasGateBias: true, activation: Activation.Relu, capacity: capacity, balanceWeight: balanceWeight);
        MakeEqual(feed_forward);
        RegisterComponents();
    }

    public MixtureOfExperts Experts => feed_forward;

    public override Tensor forward(Tensor input) => Run(input, null);

    public Tensor Run(Tensor input, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var hidden = AttentionMask.Of(mask, input.shape[1], input.shape[1], isCausal: false, input.dtype, input.device);
        var mixed = input + drop1.call(IMaskedAttention.Run(attn, norm_self_attn.call(input), hidden));
        return (mixed + drop2.call(feed_forward.call(norm_ff.call(mixed)))).MoveToOuterDisposeScope();
    }

    // All experts begin as copies of one.
    private static void MakeEqual(MixtureOfExperts mixture)
    {
        using var mode = no_grad();
        foreach (var (name, parameter) in mixture.Experts[0].named_parameters())
            foreach (var expert in mixture.Experts.Skip(1))
                expert.get_parameter(name)!.copy_(parameter);
    }
}

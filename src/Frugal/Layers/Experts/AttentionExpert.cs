using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Experts;

/// <summary>The projections that one expert of a mixture of attention has for itself; those of keys and values only where experts do not share them.</summary>
internal sealed class AttentionExpert : Module
{
    private Module<Tensor, Tensor> q_proj, o_proj;
    private Module<Tensor, Tensor>? k_proj, v_proj;

    /// <param name="shape">Sizes and options.</param>
    /// <param name="hasKeyValues">Whether it has keys and values of its own.</param>
    public AttentionExpert(RotaryAttentionShape shape, bool hasKeyValues) : base(nameof(AttentionExpert))
    {
        q_proj = Linear(shape.Dim, shape.NumHeads * shape.HeadDim, hasBias: shape.HasBias);
        k_proj = hasKeyValues ? Linear(shape.Dim, shape.KeyValueHeads * shape.HeadDim, hasBias: shape.HasBias) : null;
        v_proj = hasKeyValues ? Linear(shape.Dim, shape.KeyValueHeads * shape.HeadDim, hasBias: shape.HasBias) : null;
        o_proj = Linear(shape.NumHeads * shape.HeadDim, shape.Dim, hasBias: shape.HasBias);
        RegisterComponents();
    }

    /// <summary><c>[batch, tokens, heads · width]</c>.</summary>
    public Tensor Query(Tensor input) => q_proj.call(input);

    /// <summary><c>[batch, tokens, key-value heads · width]</c>.</summary>
    public Tensor Key(Tensor input) => k_proj!.call(input);

    /// <summary><c>[batch, tokens, key-value heads · width]</c>.</summary>
    public Tensor Value(Tensor input) => v_proj!.call(input);

    /// <summary><c>[batch, tokens, heads · width]</c> to <c>[batch, tokens, dim]</c>.</summary>
    public Tensor Output(Tensor mixed) => o_proj.call(mixed);
}

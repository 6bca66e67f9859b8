namespace Frugal.Layers.Experts;

/// <summary>How the logits of a gate come from a token x.</summary>
public enum GateForm
{
    /// <summary>W x + b: logits linear in the token.</summary>
    Linear,

    /// <summary>(W x + b) / τ with a trained temperature τ, the dense-to-sparse gate: only W / τ can be told from data, and τ alone is learned at no useful rate (see softmax-gaussian-moe).</summary>
    Temperature,

    /// <summary>(σ(W x) + b) / τ with a trained temperature τ and an activation σ that is not linear, which can be told apart.</summary>
    Activation,
}

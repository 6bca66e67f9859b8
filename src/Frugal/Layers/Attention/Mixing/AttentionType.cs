namespace Frugal.Layers;

/// <summary>How the heads of an attention layer mix the tokens; all take heads and give heads.</summary>
public enum AttentionType
{
    /// <summary>Every token weighs every other one: softmax(Q Kᵀ / √width) V (Vaswani et al. 2017). Work grows with the square of the tokens.</summary>
    Softmax,

    /// <summary>Features instead of a softmax: φ(Q)(φ(K)ᵀ V) with φ = elu + 1, divided by its sum (Katharopoulos et al. 2020, arXiv 2006.16236). Work grows with the tokens.</summary>
    Linear,

    /// <summary>Tokens are cut into blocks, and each sees its own block alone (Long Range Arena, Tay et al. 2020, arXiv 2011.04006).</summary>
    Local,

    /// <summary>Keys and values are first projected along the sequence to a fixed number, by a learned matrix that all heads share (Wang et al. 2020, arXiv 2006.04768).</summary>
    Linformer,
}

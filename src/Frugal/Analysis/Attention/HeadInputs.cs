using static TorchSharp.torch;

namespace Frugal.Analysis;

/// <summary>
/// What an attention head is computed from, each <c>[length, dim]</c>, and what it is to give: <c>loss = ½ ‖softmax(C1 W C2ᵀ) C3 - Y‖²</c> for a weight W <c>[dim, dim]</c> (Hu et al. 2025,
/// arXiv 2406.03136, definition of the LoRA loss).
/// </summary>
/// <param name="C1">The queries' side, with whatever scales the logits.</param>
/// <param name="C2">The keys.</param>
/// <param name="C3">The values.</param>
/// <param name="Target">Y.</param>
public sealed record HeadInputs(Tensor C1, Tensor C2, Tensor C3, Tensor Target)
{
    /// <summary>Tokens.</summary>
    public long Length => C1.shape[0];

    /// <summary>Width of the head.</summary>
    public long Dim => C1.shape[1];
}

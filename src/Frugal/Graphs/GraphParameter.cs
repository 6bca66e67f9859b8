using static TorchSharp.torch;

namespace Frugal.Graphs;

/// <summary>A parameter or buffer of the captured model.</summary>
/// <param name="Name">Its path in the model, e.g. <c>blocks.0.attn.qkv.weight</c>; the first one where it is shared.</param>
/// <param name="Tensor">The model's own tensor: the graph neither copies nor disposes it.</param>
/// <param name="IsBuffer">True for a buffer, which is not trained and not counted among the parameters.</param>
public sealed record GraphParameter(string Name, Tensor Tensor, bool IsBuffer);

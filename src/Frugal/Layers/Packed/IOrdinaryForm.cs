using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers.Packed;

/// <summary>A packed layer that stands for an ordinary one.</summary>
internal interface IOrdinaryForm
{
    /// <summary>The ordinary layer that computes the same but for the coding of inputs, with weights of its own.</summary>
    Module<Tensor, Tensor> Ordinary();
}

using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary>Draws the entries of a parameter that a mask leaves out towards zero, beside the momentum of the gradients.</summary>
/// <param name="Mask">1 where an entry is kept, 0 where it is drawn to zero.</param>
/// <param name="Strength">What the entries are multiplied by before they join the direction of the update, λ in AST.</param>
internal sealed record MaskedDecay(Tensor Mask, double Strength);

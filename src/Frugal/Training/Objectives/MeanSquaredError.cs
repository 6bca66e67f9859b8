using Frugal.Catalogue;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Objectives;

/// <summary>Mean over all entries of the squared difference to the targets; labels count as one-hot vectors.</summary>
[Entry("mse")]
public sealed class MeanSquaredError : Objective
{
    /// <inheritdoc/>
    public override Tensor Loss(Tensor outputs, Tensor targets)
    {
        if (!targets.is_floating_point())
            targets = functional.one_hot(targets, outputs.shape[^1]).to(outputs.dtype);
        if (!outputs.shape.AsSpan().SequenceEqual(targets.shape))
            throw new FrugalException(
                $"The squared error needs outputs and targets of one shape; got [{string.Join(", ", outputs.shape)}] and [{string.Join(", ", targets.shape)}].");
        return functional.mse_loss(outputs, targets);
    }
}

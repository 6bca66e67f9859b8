using static TorchSharp.torch;

namespace Frugal.Training.Optimizers;

/// <summary>Parameters that are updated alike.</summary>
/// <param name="Parameters">Names and tensors, in the order of the model.</param>
public sealed record ParameterGroup(IReadOnlyList<(string Name, Tensor Value)> Parameters)
{
    /// <summary>False for what must not be pulled towards zero: biases and the scales and offsets of norms.</summary>
    public bool Decays { get; init; } = true;

    /// <summary>Factor on the learning rate, as layer-wise decay sets it.</summary>
    public double LearningRateScale { get; init; } = 1;
}

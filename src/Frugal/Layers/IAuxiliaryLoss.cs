using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>A layer that has a part in the training loss beside what the model's outputs say, e.g. that experts are loaded evenly. Training adds it to the objective.</summary>
public interface IAuxiliaryLoss
{
    /// <summary>Begins to collect: the forward passes from here on count, those before are forgotten.</summary>
    void BeginLoss();

    /// <summary>Ends it.</summary>
    /// <returns>The sum over the forward passes since <see cref="BeginLoss"/>, a scalar with gradients that belongs to the caller's scope; null where there was none.</returns>
    Tensor? TakeLoss();
}

using Frugal.Layers;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Training;

/// <summary>The losses of a network's own layers (<see cref="IAuxiliaryLoss"/>), which training adds to its objective.</summary>
/// <param name="model">The network, as it is now: a training that rewires it looks again.</param>
internal sealed class AuxiliaryLosses(Module model)
{
    private readonly IAuxiliaryLoss[] layers = [.. model.modules().OfType<IAuxiliaryLoss>()];

    /// <summary>The forward pass that is about to be made counts.</summary>
    public void Begin()
    {
        foreach (var layer in layers)
            layer.BeginLoss();
    }

    /// <summary>The loss with those of the layers since <see cref="Begin"/>.</summary>
    public Tensor AddTo(Tensor loss)
    {
        foreach (var layer in layers)
            if (layer.TakeLoss() is { } own)
                loss = loss + own;
        return loss;
    }
}

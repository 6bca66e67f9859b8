using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>Sets the steps of binary layers from what they are given in one forward pass: each sees the signs that those before it take.</summary>
internal static class BinaryCalibration
{
    /// <summary>Runs the pass.</summary>
    /// <param name="network">The network, with the layers in it.</param>
    /// <param name="layers">The layers whose steps are set; others keep theirs.</param>
    /// <param name="inputs">Inputs of the network.</param>
    /// <param name="centers">Whether linear layers begin with inputs centred on their means.</param>
    public static void Run(Module<Tensor, Tensor> network, IEnumerable<Module> layers, Tensor inputs, bool centers = false)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        List<Module> parts = [.. layers.SelectMany(layer => layer.modules().Prepend(layer)).Distinct(ReferenceEqualityComparer.Instance).Cast<Module>()];
        List<BinaryAttention> attentions = [.. parts.OfType<BinaryAttention>()];
        var removals = parts.OfType<BinaryLinear>().Select(layer => layer.register_forward_pre_hook((_, input) =>
        {
            layer.Calibrate(input, centers);
            return input;
        })).ToList();
        bool wasTraining = network.training;
        try
        {
            attentions.ForEach(attention => attention.Calibrate(true));
            network.eval();
            network.call(inputs);
        }
        finally
        {
            attentions.ForEach(attention => attention.Calibrate(false));
            removals.ForEach(hook => hook.remove());
            network.train(wasTraining);
        }
    }
}

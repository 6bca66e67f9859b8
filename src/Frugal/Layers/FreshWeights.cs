using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Layers;

/// <summary>Draws the weights of linear layers and convolutions from a generator of one's own, as torch draws them: weight and bias uniform within 1/√fan-in.</summary>
internal static class FreshWeights
{
    /// <summary>Overwrites the weights of every linear layer and convolution in a module, in their order.</summary>
    public static void Draw(Module module, Generator generator)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        foreach (var layer in module.modules().Where(layer => layer is Linear or Convolution))
        {
            var weight = layer.get_parameter("weight")!;
            double bound = 1 / Math.Sqrt(weight.numel() / weight.shape[0]);
            foreach (var (_, parameter) in layer.named_parameters(recurse: false))
                parameter.uniform_(-bound, bound, generator);
        }
    }
}

using Frugal.Layers.Surgery;
using TorchSharp.Modules;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Training.Methods.Pruning;

/// <summary>Chooses which parameters of a network are pruned.</summary>
internal static class PrunableWeights
{
    /// <summary>
    /// Kernels of linear, convolution and recurrent layers, in order; biases and norms never. Of convolutions neither the first nor depthwise ones, which hold few weights and suffer most.
    /// </summary>
    /// <param name="model">The network.</param>
    /// <param name="include">Paths of layers taken besides, <c>*</c> standing for anything.</param>
    /// <param name="exclude">Paths of layers left out, whatever else says.</param>
    /// <exception cref="FrugalException">A pattern matches no layer with a kernel.</exception>
    public static IReadOnlyList<(string Name, Parameter Value)> Of(Module model, IReadOnlyList<string> include, IReadOnlyList<string> exclude)
    {
        var first = model.modules().OfType<Convolution>().FirstOrDefault();
        var usual = new LayerSelection(["*"], exclude).Of<Module>(model, HasKernel).Where(layer => IsUsual(layer.Layer, first));
        var besides = include.Count == 0 ? [] : new LayerSelection(include, exclude).Of<Module>(model, HasKernel);
        var chosen = usual.Concat(besides).SelectMany(layer => Kernels(layer.Layer)).Select(kernel => kernel.parameter.Handle).ToHashSet();
        return [.. model.named_parameters().Where(parameter => chosen.Remove(parameter.parameter.Handle))]; // a tied weight has one mask
    }

    private static bool HasKernel(Module module) => Kernels(module).Any();

    private static IEnumerable<(string name, Parameter parameter)> Kernels(Module module) =>
        module.named_parameters(recurse: false).Where(parameter => parameter.parameter.dim() >= 2 && parameter.name.StartsWith("weight", StringComparison.Ordinal));

    private static bool IsUsual(Module module, Convolution? first) => module switch
    {
        Linear or LSTM or GRU or RNN => true,
        Convolution convolution => convolution != first && !(convolution.groups > 1 && convolution.groups == convolution.in_channels),
        _ => false,
    };
}

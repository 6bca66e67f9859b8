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
    /// <param name="include">Names taken besides, <c>*</c> standing for anything; of tensors with at least two axes.</param>
    /// <param name="exclude">Names left out, whatever else says.</param>
    public static IReadOnlyList<(string Name, Parameter Value)> Of(Module model, IReadOnlyList<string> include, IReadOnlyList<string> exclude)
    {
        var usual = UsualNames(model);
        return [.. model.named_parameters().Where(parameter => parameter.parameter.dim() >= 2
            && (usual.Contains(parameter.name) || NamePattern.MatchesAny(include, parameter.name))
            && !NamePattern.MatchesAny(exclude, parameter.name))
            .DistinctBy(parameter => parameter.parameter.Handle)]; // a tied weight has one mask
    }

    private static HashSet<string> UsualNames(Module model)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        bool isFirstConvolution = true;
        foreach (var (path, module) in model.named_modules())
        {
            switch (module)
            {
                case Linear:
                    Add(path, "weight");
                    break;
                case Convolution convolution:
                    if (!isFirstConvolution && !(convolution.groups > 1 && convolution.groups == convolution.in_channels))
                        Add(path, "weight");
                    isFirstConvolution = false;
                    break;
                case LSTM or GRU or RNN:
                    foreach (var (name, _) in module.named_parameters().Where(parameter => parameter.name.StartsWith("weight_", StringComparison.Ordinal)))
                        Add(path, name);
                    break;
            }
        }
        return names;

        void Add(string path, string name) => names.Add(path.Length == 0 ? name : $"{path}.{name}");
    }
}

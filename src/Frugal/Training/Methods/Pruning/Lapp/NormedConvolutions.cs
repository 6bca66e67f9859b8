using Frugal.Graphs;
using Frugal.Layers.Surgery;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Frugal.Training.Methods.Pruning;

/// <summary>Convolutions whose result goes into a batch norm and nowhere else, found in the captured network.</summary>
internal static class NormedConvolutions
{
    /// <summary>For each such convolution the path of its norm, in the order of execution.</summary>
    public static IReadOnlyList<(string Convolution, string Norm)> In(Module model, Graph graph)
    {
        var readers = graph.Nodes.SelectMany(node => node.Inputs.Distinct().Select(input => (input, node))).ToLookup(pair => pair.input, pair => pair.node);
        List<(string, string)> found = [];
        foreach (var node in graph.Nodes.Where(node => node.Operator == "aten::conv2d"))
        {
            if (readers[node.Outputs[0]].ToList() is [{ Operator: "aten::batch_norm" } norm] && IsOf<Conv2d>(model, node.ModulePath) && IsOf<BatchNorm2d>(model, norm.ModulePath))
                found.Add((node.ModulePath, norm.ModulePath));
        }
        // One that runs twice has two sizes of output and may have two norms.
        return [.. found.Where(pair => found.Count(other => other.Item1 == pair.Item1 || other.Item2 == pair.Item2) == 1)];
    }

    private static bool IsOf<T>(Module model, string path) where T : Module => path.Length > 0 && ModuleSurgery.Find(model, path) is T;
}

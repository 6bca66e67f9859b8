using Frugal.Graphs;
using Frugal.Models;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Shift;

/// <summary>Tells which layers of a model hand their output to a normalisation, from its captured computation.</summary>
internal static class FollowingNorms
{
    private static readonly HashSet<string> norms = ["aten::batch_norm", "aten::layer_norm", "aten::group_norm", "aten::instance_norm", "aten::rms_norm"];

    private static readonly HashSet<string> rearrangements =
    [
        "aten::view", "aten::reshape", "aten::flatten", "aten::permute", "aten::transpose", "aten::contiguous", "aten::unsqueeze", "aten::squeeze",
    ];

    /// <summary>Paths of the layers whose every use of the output is a normalisation, rearranging apart.</summary>
    public static IReadOnlySet<string> In(Model model)
    {
        using var scope = NewDisposeScope();
        var device = model.parameters().FirstOrDefault()?.device ?? CPU;
        var graph = Graph.Capture(model, model.Example(1, device));
        var uses = new OutputUses(graph);
        return graph.Nodes.Select(node => node.ModulePath).Where(path => uses.Of(path) is { Count: > 0 } all && all.All(IsNorm)).ToHashSet();

        bool IsNorm(GraphNode node) => norms.Contains(node.Operator) || rearrangements.Contains(node.Operator) && uses.Of(node) is { Count: > 0 } next && next.All(IsNorm);
    }
}

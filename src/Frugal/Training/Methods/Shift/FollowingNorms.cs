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
        "aten::view", "aten::reshape", "aten::flatten", "aten::permute", "aten::transpose", "aten::contiguous", "aten::unsqueeze", "aten::squeeze", "aten::alias",
    ];

    /// <summary>Paths of the layers whose every use of the output is a normalisation, rearranging apart.</summary>
    public static IReadOnlySet<string> In(Model model)
    {
        using var scope = NewDisposeScope();
        var device = model.parameters().FirstOrDefault()?.device ?? CPU;
        var graph = Graph.Capture(model, zeros([1, .. model.InputShape], device: device));
        var uses = graph.Nodes.SelectMany(node => node.Inputs.Select(input => (input.Id, Node: node))).ToLookup(use => use.Id, use => use.Node);
        return graph.Nodes.Where(node => node.Outputs is [_]).GroupBy(node => node.ModulePath)
            .Where(nodes => nodes.Last() is var last && uses[last.Outputs[0].Id].Any() && uses[last.Outputs[0].Id].All(IsNorm)).Select(nodes => nodes.Key).ToHashSet();

        bool IsNorm(GraphNode node) => norms.Contains(node.Operator)
            || rearrangements.Contains(node.Operator) && uses[node.Outputs[0].Id] is var next && next.Any() && next.All(IsNorm);
    }
}

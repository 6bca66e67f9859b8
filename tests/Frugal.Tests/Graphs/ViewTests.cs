using Frugal.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Graphs;

public class ViewTests
{
    private static List<string> Operators(Func<Tensor, Tensor> function)
    {
        using var model = new Runs(function);
        using var example = randn(2, 3);
        return [.. Graph.Capture(model, example).Nodes.Select(node => node.Operator["aten::".Length..])];
    }

    [Fact]
    public void An_update_of_the_whole_tensor_needs_nothing_else() => Assert.Equal(["neg", "relu_", "exp"], Operators(x => x.neg().relu_().exp()));

    [Fact]
    public void A_view_that_is_updated_and_used_alone_changes_the_tensor_once() =>
        Assert.Equal(["neg", "view", "relu_", ":update_view", "exp"], Operators(x => x.neg().view(6).relu_().exp()));

    [Fact]
    public void The_tensor_below_an_updated_view_is_the_updated_one()
    {
        using var model = new Runs(x =>
        {
            var whole = x.neg();
            whole[TensorIndex.Colon, 0].relu_();
            return whole.exp();
        });
        using var example = randn(2, 3);
        var graph = Graph.Capture(model, example);
        var update = graph.Nodes.Single(node => node.Operator == "graph::update_view");
        Assert.Equal(["aten::select"], update.Path.Select(step => step.Node.Operator));
        Assert.Same(graph.Nodes[0].Outputs[0], update.Inputs[0]);
        Assert.Same(update.Outputs[0], graph.Nodes[^1].Inputs[0]);
    }

    [Fact]
    public void Another_view_is_looked_at_again_after_the_update() =>
        Assert.Equal(["neg", "t", "relu_", ":view", "exp"], Operators(x =>
        {
            var whole = x.neg();
            var turned = whole.t();
            whole.relu_();
            return turned.exp();
        }));

    private sealed class Runs(Func<Tensor, Tensor> function) : Module<Tensor, Tensor>("runs")
    {
        public override Tensor forward(Tensor input) => function(input);
    }
}

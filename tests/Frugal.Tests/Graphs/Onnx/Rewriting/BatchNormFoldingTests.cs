using Frugal.Graphs;
using Frugal.Graphs.Onnx;
using Frugal.Graphs.Onnx.Model;
using Frugal.Graphs.Onnx.Rewriting;
using Frugal.Graphs.Onnx.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Graphs.Onnx.Rewriting;

public class BatchNormFoldingTests
{
    /// <summary>A norm as training leaves it: no mean is 0 and no variance 1.</summary>
    private static BatchNorm2d Trained(long channels)
    {
        var norm = BatchNorm2d(channels);
        using var mode = no_grad();
        init.uniform_(norm.weight!, 0.5, 2);
        init.normal_(norm.bias!);
        norm.running_mean!.copy_(randn(channels));
        norm.running_var!.copy_(rand(channels) * 3 + 0.1);
        return norm;
    }

    private static (OnnxModel Before, OnnxModel After, Tensor Input) Fold(Module<Tensor, Tensor> model, params long[] shape)
    {
        var input = randn(shape);
        model.eval();
        var before = OnnxExporter.InMemory(Graph.Capture(model, input), new());
        return (before, BatchNormFolding.Fold(before), input);
    }

    private static Tensor Run(OnnxModel model, Tensor input)
    {
        using var session = new OnnxSession(model.ToArray());
        return session.Run([input])[0];
    }

    private static void AssertSame(OnnxModel before, OnnxModel after, Tensor input)
    {
        Tensor expected = Run(before, input), actual = Run(after, input);
        double largest = expected.abs().max().item<float>();
        Assert.InRange((actual - expected).abs().max().item<float>() / largest, 0, 1e-5);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(4, false)]
    public void A_norm_after_a_convolution_disappears_and_the_result_stays(long groups, bool hasBias)
    {
        using var scope = NewDisposeScope();
        using var model = Sequential(("conv", Conv2d(4, 8, 3, groups: groups, bias: hasBias)), ("norm", Trained(8)), ("act", ReLU()));
        var (before, after, input) = Fold(model, 3, 4, 9, 9);
        Assert.Single(before.Nodes, node => node.Operator == "BatchNormalization");
        Assert.DoesNotContain(after.Nodes, node => node.Operator == "BatchNormalization");
        Assert.Equal(hasBias ? ["conv.bias", "conv.weight"] : ["conv.weight", "norm.bias"], after.Constants.Select(constant => constant.Name).Order(StringComparer.Ordinal));
        AssertSame(before, after, input);
    }

    [Fact]
    public void A_norm_after_a_linear_layer_disappears_and_the_result_stays()
    {
        using var scope = NewDisposeScope();
        var norm = BatchNorm1d(6);
        using (no_grad())
        {
            init.uniform_(norm.weight!, 0.5, 2);
            norm.running_mean!.copy_(randn(6));
            norm.running_var!.copy_(rand(6) + 0.1);
        }
        using var model = Sequential(("fc", Linear(5, 6)), ("norm", norm));
        var (before, after, input) = Fold(model, 3, 5);
        Assert.DoesNotContain(after.Nodes, node => node.Operator == "BatchNormalization");
        AssertSame(before, after, input);
    }

    [Fact]
    public void A_norm_whose_input_somebody_else_uses_stays()
    {
        using var scope = NewDisposeScope();
        using var model = new Fork();
        var (before, after, input) = Fold(model, 2, 4, 5, 5);
        Assert.Single(after.Nodes, node => node.Operator == "BatchNormalization");
        AssertSame(before, after, input);
    }

    [Fact]
    public void A_convolution_that_is_used_twice_keeps_its_weight()
    {
        using var scope = NewDisposeScope();
        using var model = new Twice();
        var (before, after, input) = Fold(model, 2, 4, 5, 5);
        Assert.Equal(2, after.Nodes.Count(node => node.Operator == "BatchNormalization"));
        AssertSame(before, after, input);
    }

    private sealed class Fork : Module<Tensor, Tensor>
    {
        private readonly Conv2d conv = Conv2d(4, 4, 1);
        private readonly BatchNorm2d norm = Trained(4);

        public Fork() : base("fork") => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            var result = conv.call(input);
            return norm.call(result) + result;
        }
    }

    private sealed class Twice : Module<Tensor, Tensor>
    {
        private readonly Conv2d conv = Conv2d(4, 4, 1);
        private readonly BatchNorm2d first = Trained(4), second = Trained(4);

        public Twice() : base("twice") => RegisterComponents();

        public override Tensor forward(Tensor input) => second.call(conv.call(first.call(conv.call(input))));
    }
}

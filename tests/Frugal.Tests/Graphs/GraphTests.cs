using Frugal.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Graphs;

public static class GraphTests
{
    private static TorchSharp.Modules.Sequential ConvNet() => Sequential(
        ("conv", Conv2d(3, 8, 3, padding: 1)),
        ("norm", BatchNorm2d(8)),
        ("act", ReLU(inplace: true)),
        ("drop", Dropout(0.5)),
        ("pool", AdaptiveAvgPool2d(1)),
        ("flatten", Flatten()),
        ("head", Linear(8, 4)));

    public class Capture
    {
        [Fact]
        public void Names_operators_in_order_with_the_module_that_ran_them()
        {
            using var model = ConvNet();
            using var example = randn(2, 3, 6, 6);
            var graph = Graph.Capture(model, example);
            Assert.Equal(
                ["conv:aten::conv2d", "norm:aten::batch_norm", "act:aten::relu_", "drop:aten::dropout", "pool:aten::adaptive_avg_pool2d", "flatten:aten::flatten", "head:aten::t", "head:aten::addmm"],
                graph.Nodes.Select(node => $"{node.ModulePath}:{node.Operator}"));
            Assert.Equal([2L, 4L], Assert.Single(graph.Outputs).Shape);
            Assert.Equal([2L, 3L, 6L, 6L], Assert.Single(graph.Inputs).Shape);
        }

        [Fact]
        public void Links_each_use_to_its_definition_and_each_parameter_to_its_name()
        {
            using var model = ConvNet();
            using var example = randn(2, 3, 6, 6);
            var graph = Graph.Capture(model, example);
            var conv = graph.Nodes[0];
            Assert.Same(graph.Inputs[0], conv.Inputs[0]);
            Assert.Equal(["conv.weight", "conv.bias"], conv.Inputs.Skip(1).Select(value => value.Name));
            Assert.Same(conv.Outputs[0], graph.Nodes[1].Inputs[0]);
            Assert.Equal(["norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"], graph.Nodes[1].Inputs.Skip(1).Select(value => value.Name));
            Assert.Equal(ValueRole.Parameter, conv.Inputs[1].Role);
            Assert.Equal("head.weight", graph.Nodes[6].Inputs[0].Name);
            Assert.Same(graph.Nodes[^1].Outputs[0], graph.Outputs[0]);
        }

        [Fact]
        public void Gives_an_in_place_update_a_new_value_in_the_same_storage()
        {
            using var model = ConvNet();
            using var example = randn(2, 3, 6, 6);
            var relu = Graph.Capture(model, example).Nodes[2];
            Assert.NotSame(relu.Inputs[0], relu.Outputs[0]);
            Assert.Same(relu.Inputs[0].Storage, relu.Outputs[0].Storage);
        }

        [Fact]
        public void Passes_an_untouched_tensor_through()
        {
            using var model = ConvNet();
            using var example = randn(2, 3, 6, 6);
            var dropout = Graph.Capture(model, example).Nodes[3];
            Assert.Same(dropout.Inputs[0], dropout.Outputs[0]);
        }

        [Fact]
        public void Reads_attributes_by_the_names_of_the_signature()
        {
            using var model = ConvNet();
            using var example = randn(2, 3, 6, 6);
            var attributes = Graph.Capture(model, example).Nodes[0].Attributes;
            Assert.Equal(1L, attributes["groups"]);
            Assert.Equal([1L, 1L], Assert.IsAssignableFrom<IReadOnlyList<object?>>(attributes["padding"]));
        }

        [Fact]
        public void Keeps_what_an_operator_ran_below_it()
        {
            using var model = ConvNet();
            using var example = randn(2, 3, 6, 6);
            var conv = Graph.Capture(model, example).Nodes[0];
            var inner = Assert.Single(conv.Children);
            Assert.Equal("aten::convolution", inner.Operator);
            Assert.Same(conv.Outputs[0], inner.Outputs[0]);
        }

        [Fact]
        public void Reads_constants_that_forward_makes_from_arrays()
        {
            using var model = new Runs(x => x + tensor(new[] { 1f, 2f, 3f }));
            using var example = randn(2, 3);
            var add = Assert.Single(Graph.Capture(model, example).Nodes);
            var constant = add.Inputs[1];
            Assert.Equal(ValueRole.Constant, constant.Role);
            Assert.Equal([1f, 2f, 3f], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(constant.Constant!.Bytes).ToArray());
        }

        [Fact]
        public void Leaves_mode_hooks_and_random_state_as_they_were()
        {
            using var model = ConvNet();
            using var example = randn(2, 3, 6, 6);
            model.train();
            Child(model, "norm").eval();
            using var before = get_rng_state();
            Graph.Capture(model, example);
            using var after = get_rng_state();
            Assert.Equal(before.bytes.ToArray(), after.bytes.ToArray());
            Assert.True(model.training && Child(model, "conv").training && Child(model, "drop").training);
            Assert.False(Child(model, "norm").training);
            var live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            Graph.Capture(model, example);
            Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            Assert.True(is_grad_enabled());
        }

        [Fact]
        public void Leaves_the_model_as_it_was_when_forward_throws()
        {
            using var model = Sequential(("body", ConvNet()), ("last", new Runs(_ => throw new InvalidOperationException("no"))));
            using var example = randn(1, 3, 6, 6);
            Assert.Throws<InvalidOperationException>(() => Graph.Capture(model, example));
            Assert.True(model.training && is_grad_enabled());
            using var other = ConvNet();
            Assert.Equal(8, Graph.Capture(other, example).Nodes.Count);
        }

        [Fact]
        public void Reads_numbers_exactly()
        {
            using var model = new Runs(x => x * 1.2345678901234e-12);
            using var example = randn(2, 3);
            Assert.Equal(1.2345678901234e-12, Assert.Single(Graph.Capture(model, example).Nodes).Attributes["other"]);
        }

        [Fact]
        public void Reads_lists_of_tensors_and_text()
        {
            using var model = new Runs(x => einsum("ij,kj->ik", cat([x, x], 1), cat([x, x], 1)));
            using var example = randn(2, 3);
            var graph = Graph.Capture(model, example);
            Assert.Equal([graph.Inputs[0], graph.Inputs[0]], graph.Nodes[0].Inputs);
            Assert.Equal("ij,kj->ik", graph.Nodes[^1].Attributes["equation"]);
        }

        [Fact]
        public void Is_not_misled_by_tensors_that_the_model_disposes()
        {
            using var model = new Runs(x =>
            {
                using var scope = NewDisposeScope();
                for (var i = 0; i < 20; i++)
                    x = x.relu().unsqueeze(0).squeeze(0).neg();
                return x.MoveToOuterDisposeScope();
            });
            using var example = randn(2, 3);
            var graph = Graph.Capture(model, example);
            for (var i = 1; i < graph.Nodes.Count; i++)
                Assert.Same(graph.Nodes[i - 1].Outputs[0], graph.Nodes[i].Inputs[0]);
        }

        [Fact]
        public void Frees_no_number_that_an_operator_is_reading()
        {
            using var model = new Runs(x =>
            {
                for (var i = 0; i < 200; i++)
                    x = x.add(0.5);
                GC.Collect();
                return x;
            });
            using var example = zeros(2, 3);
            var graph = Graph.Capture(model, example);
            Assert.All(graph.Nodes, node => Assert.Equal(0.5, node.Attributes["other"]));
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        [Fact]
        public void Sees_the_size_of_a_result_that_grows_without_an_operator()
        {
            using var model = new Runs(x => where(x > 0, x, x.exp()));
            using var example = randn(2, 3);
            var graph = Graph.Capture(model, example);
            Assert.Equal([2L, 3L], graph.Outputs[0].Shape);
            Assert.Equal(2 * 3 * sizeof(float), graph.Outputs[0].Storage.Bytes);
        }

        [Fact]
        public void Refuses_a_model_that_captures_another_model()
        {
            using var example = randn(1, 3);
            using var inner = ReLU();
            using var model = new Runs(x => Graph.Capture(inner, x).Nodes.Count > 0 ? x : x.relu());
            Assert.Contains("cannot capture another", Assert.Throws<GraphException>(() => Graph.Capture(model, example)).Message);
        }

        [Fact]
        public async Task Is_not_disturbed_by_other_threads()
        {
            using var model = ConvNet();
            using var example = randn(2, 3, 6, 6);
            var expected = Graph.Capture(model, example).Nodes.Select(node => node.ToString()).ToList();
            using var stop = new CancellationTokenSource();
            var noise = Task.Run(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                    using var scope = NewDisposeScope();
                    _ = randn(3, 3).matmul(randn(3, 3)).relu_();
                }
            }, TestContext.Current.CancellationToken);
            for (var i = 0; i < 5; i++)
                Assert.Equal(expected, Graph.Capture(model, example).Nodes.Select(node => node.ToString()));
            await stop.CancelAsync();
            await noise;
        }

        [Fact]
        public void Attributes_a_submodule_run_without_hooks_by_its_parameters()
        {
            using var model = new CallsForward();
            using var example = randn(2, 3);
            Assert.Contains(Graph.Capture(model, example).Nodes, node => node is { Operator: "aten::addmm", ModulePath: "inner" });
        }
    }

    private static Module Child(Module model, string name) => model.named_children().Single(child => child.name == name).module;

    private sealed class Runs(Func<Tensor, Tensor> function) : Module<Tensor, Tensor>("runs")
    {
        public override Tensor forward(Tensor input) => function(input);
    }

    private sealed class CallsForward : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> inner = Linear(3, 3);

        public CallsForward() : base("calls-forward") => RegisterComponents();

        public override Tensor forward(Tensor input) => inner.forward(input);
    }
}

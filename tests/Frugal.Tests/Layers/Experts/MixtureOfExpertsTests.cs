using Frugal.Graphs;
using Frugal.Layers.Experts;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Experts;

public sealed class MixtureOfExpertsTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public MixtureOfExpertsTests() => manual_seed(3).Dispose();

    public void Dispose() => scope.Dispose();

    private static MixtureOfExperts Layer(Router? router = null, ExpertCapacity? capacity = null, bool isGated = false, GateForm gate = GateForm.Linear, double importance = 0, double z = 0)
    {
        var layer = new MixtureOfExperts(6, 10, 5, router, gate, hasGateBias: true, isGated: isGated, capacity: capacity, importanceWeight: importance, zWeight: z);
        layer.to(float64);
        return layer;
    }

    // The formula: every expert on every token.
    private static Tensor Formula(MixtureOfExperts layer, Tensor input)
    {
        var tokens = input.reshape(-1, layer.Dim);
        var weights = layer.Route(input).ToDense();
        return Enumerable.Range(0, layer.NumExperts).Select(expert => layer.Experts[expert].call(tokens) * weights.narrow(1, expert, 1)).Aggregate((sum, part) => sum + part).view(input.shape);
    }

    public static IEnumerable<TheoryDataRow<string>> Routers => [new("top-1"), new("top-2"), new("switch"), new("soft"), new("expert-choice"), new("capacity"), new("gated"), new("temperature"), new("activation")];

    private static MixtureOfExperts Named(string name) => name switch
    {
        "top-1" => Layer(new TopKRouter { K = 1, Weights = ExpertWeights.Probability }),
        "switch" => Layer(new SwitchRouter()),
        "soft" => Layer(new SoftRouter()),
        "expert-choice" => Layer(new ExpertChoiceRouter()),
        "capacity" => Layer(capacity: new() { Factor = 0.6, Minimum = 1 }),
        "gated" => Layer(isGated: true),
        "temperature" => Layer(new SoftRouter(), gate: GateForm.Temperature),
        "activation" => Layer(gate: GateForm.Activation),
        _ => Layer(),
    };

    [Theory]
    [MemberData(nameof(Routers))]
    public void Grouped_dispatch_computes_the_formula_and_its_gradient(string name)
    {
        var layer = Named(name);
        Tensor input = randn([3, 7, 6], dtype: float64), factor = randn([3, 7, 6], dtype: float64);
        Dictionary<string, Tensor> Gradients(Func<Tensor, Tensor> forward)
        {
            layer.zero_grad();
            var leaf = input.clone().requires_grad_();
            (forward(leaf) * factor).sum().backward();
            return layer.named_parameters().Where(own => own.parameter.grad is not null).ToDictionary(own => own.name, own => own.parameter.grad!.clone()).Append(new("input", leaf.grad!)).ToDictionary();
        }
        Assert.True(layer.call(input).allclose(Formula(layer, input), rtol: 1e-9, atol: 1e-12));
        var grouped = Gradients(layer.call);
        var formula = Gradients(leaf => Formula(layer, leaf));
        Assert.All(formula, own => Assert.True(
            grouped.TryGetValue(own.Key, out var gradient) ? gradient.allclose(own.Value, rtol: 1e-9, atol: 1e-12) : own.Value.eq(0).all().item<bool>(), own.Key));
        Assert.Contains("gate.weight", grouped.Keys);
    }

    [Theory]
    [MemberData(nameof(Routers))]
    public void Evaluation_without_gradients_gives_the_same(string name)
    {
        var layer = Named(name);
        layer.to(float32).eval();
        foreach (long tokens in new long[] { 0, 1, 9 })
        {
            var input = randn([2, tokens, 6]);
            using var expected = layer.call(input).detach();
            using var mode = no_grad();
            Assert.True(layer.call(input).allclose(expected, rtol: 1e-5, atol: 1e-6), $"{tokens}");
        }
    }

    [Theory]
    [MemberData(nameof(Routers))]
    public void There_may_be_more_experts_than_tokens(string name)
    {
        var layer = Named(name);
        var input = randn([1, 2, 6], dtype: float64).requires_grad_();
        layer.BeginLoss();
        var output = layer.call(input);
        Assert.True(output.allclose(Formula(layer, input), rtol: 1e-9, atol: 1e-12));
        (output.sum() + layer.TakeLoss()!).backward();
        Assert.All(layer.parameters().Select(parameter => parameter.grad).OfType<Tensor>().Append(input.grad!), gradient => Assert.True(gradient.isfinite().all().item<bool>()));
    }

    [Fact]
    public void Only_the_experts_that_were_chosen_run_and_only_on_their_rows()
    {
        var layer = Layer();
        var rows = new long[5];
        for (int i = 0; i < 5; i++)
        {
            int expert = i;
            layer.Experts[i].register_forward_pre_hook((_, input) =>
            {
                rows[expert] += input.shape[0];
                return input;
            });
        }
        var input = randn([40, 6], dtype: float64);
        layer.call(input);
        Assert.Equal(80, rows.Sum());
        Assert.Equal(layer.Route(input).Experts!.bincount(null, 5).data<long>(), rows);
        Array.Clear(rows);
        layer.call(input.narrow(0, 0, 1));
        Assert.Equal(2, rows.Count(count => count == 1));
        Assert.Equal(2, rows.Sum());
    }

    [Fact]
    public void Order_of_experts_does_not_matter()
    {
        MixtureOfExperts layer = Layer(), other = Layer();
        var state = layer.state_dict().ToDictionary(own => own.Key, own => own.Value.clone());
        var permuted = state.ToDictionary(own => own.Key, own => own.Key.StartsWith("gate.", StringComparison.Ordinal) ? own.Value.flip(0) : state[Mirrored(own.Key)]);
        other.load_state_dict(permuted);
        var input = randn([11, 6], dtype: float64);
        Assert.True(layer.call(input).allclose(other.call(input)));
        static string Mirrored(string name) => $"experts.{4 - int.Parse(name.Split('.')[1], System.Globalization.CultureInfo.InvariantCulture)}.{name.Split('.', 3)[2]}";
    }

    [Fact]
    public void Losses_add_up_from_begin_to_take_and_only_in_between()
    {
        var layer = Layer(importance: 0.5, z: 0.1);
        var input = randn([9, 6], dtype: float64);
        layer.call(input);
        Assert.Null(layer.TakeLoss());
        layer.BeginLoss();
        layer.call(input);
        var once = layer.TakeLoss()!;
        layer.BeginLoss();
        layer.call(input);
        layer.call(input);
        Assert.Equal(2 * once.item<double>(), layer.TakeLoss()!.item<double>(), 12);
        var routing = layer.Route(input);
        double expected = 0.01 * RoutingMath.BalanceLoss(routing.Load, routing.Probabilities).item<double>() + 0.5 * RoutingMath.ImportanceLoss(routing.ToDense().sum([0])).item<double>()
            + 0.1 * RoutingMath.ZLoss(routing.Logits).item<double>();
        Assert.Equal(expected, once.item<double>(), 9);
        once.backward();
        Assert.True(layer.get_parameter("gate.weight")!.grad!.abs().max().item<double>() > 0);
    }

    [Fact]
    public void Statistics_tell_load_entropy_and_what_was_dropped()
    {
        var layer = Layer(new TopKRouter { K = 1 }, new() { Factor = 1, Minimum = 0 });
        using (no_grad())
        {
            layer.get_parameter("gate.weight")!.zero_();
            layer.get_parameter("gate.bias")!.copy_(tensor(new[] { 3.0, 0, 0, 0, 0 }));
        }
        layer.Observe();
        layer.call(randn([10, 6], dtype: float64));
        Assert.Equal([2, 0, 0, 0, 0], layer.Statistics!.Load);
        Assert.Equal(0.8, layer.Statistics!.DroppedShare, 9);
        Assert.Equal(5, layer.Statistics!.Imbalance, 9);
        Assert.InRange(layer.Statistics!.Entropy, 0.1, 0.6);
        layer.eval();
        layer.Observe();
        layer.call(randn([10, 6], dtype: float64));
        Assert.Equal(0, layer.Statistics!.Dropped);
    }

    [Fact]
    public void Choices_can_be_handed_in_and_outputs_are_then_not_scaled()
    {
        var layer = Layer(new PreGatedRouter());
        Assert.DoesNotContain("gate.weight", layer.state_dict().Keys);
        var input = randn([2, 2, 6], dtype: float64);
        Assert.Contains("PreRoute", Assert.Throws<FrugalException>(() => layer.call(input)).Message, StringComparison.Ordinal);
        layer.PreRoute(tensor(new long[] { 3, 0, 0, 3 }));
        var output = layer.call(input).view(4, 6);
        Assert.True(output[0].allclose(layer.Experts[3].call(input.view(4, 6)[0].unsqueeze(0)).squeeze(0)));
        Assert.Contains("4", Assert.Throws<FrugalException>(() => layer.call(input.narrow(0, 0, 1))).Message, StringComparison.Ordinal);
        layer.PreRoute(tensor(new long[] { 3, 0, 0, 5 }));
        Assert.Contains("not among the 5", Assert.Throws<FrugalException>(() => layer.call(input)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_shows_all_experts_exports_exactly_and_counts_those_that_run()
    {
        using var folder = new TemporaryFolder();
        var layer = new MixtureOfExperts(8, 16, 4);
        layer.eval();
        var graph = Graph.Capture(layer, randn(3, 8));
        Assert.Equal(4 * 8 + 2 * 2 * 8 * 16, graph.Count().Macs);
        Assert.InRange(graph.ExportOnnx(folder.File("experts.onnx")).MaxRelative, 0, 1e-4);
    }

    [Fact]
    public void A_gate_with_a_temperature_computes_its_formula()
    {
        var x = randn([5, 6], dtype: float64);
        var gate = new ExpertGate(6, 3, GateForm.Activation, hasBias: true, temperature: 0.5);
        gate.to(float64);
        var (weight, bias) = (gate.get_parameter("weight")!, gate.get_parameter("bias")!);
        Assert.True(gate.call(x).allclose((x.matmul(weight.t()).tanh() + bias) / 0.5, rtol: 1e-6));
        Assert.Equal(0.5, gate.Temperature, 6);
        var linear = new ExpertGate(6, 3, GateForm.Temperature, temperature: 2);
        linear.to(float64);
        Assert.True(linear.call(x).allclose(x.matmul(linear.get_parameter("weight")!.t()) / 2, rtol: 1e-6));
    }

    [Fact]
    public void Bad_options_and_inputs_are_refused()
    {
        Assert.Contains("6 of 5 experts", Assert.Throws<FrugalException>(() => Layer(new TopKRouter { K = 6 })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new MixtureOfExperts(6, 10, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MixtureOfExperts(6, 10, temperature: 0));
        Assert.Contains("width 6", Assert.Throws<FrugalException>(() => Layer().call(randn([2, 7], dtype: float64))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_rows_give_no_rows_and_fewer_tokens_than_experts_are_routed()
    {
        var layer = Layer();
        Assert.Equal([0, 6], layer.call(zeros([0, 6], dtype: float64)).shape);
        Assert.True(layer.call(ones([1, 6], dtype: float64)).isfinite().all().item<bool>());
    }
}

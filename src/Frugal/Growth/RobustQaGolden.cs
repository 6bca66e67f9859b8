using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Experts;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Growth;

/// <summary>The golden cases of question answering with experts: the span head behind two experts a token, the Switch feed-forward layer, and a Switch block.</summary>
internal sealed class RobustQaGolden : GoldenCase
{
    public override string Slug => "robust-qa-moe";

    public override Tolerance ToleranceFor(GoldenFile file, string output) =>
        output is "dispatch" or "counts" ? Tolerance.Exact : output.StartsWith("grad.", StringComparison.Ordinal) ? Tolerance.OfLargest(1e-4, atLeast: 0.01) : Tolerance.OfLargest(1e-5, atLeast: 1);

    public override GoldenOutputs Run(GoldenFile file) => file.HasIn("hidden") ? SpanHead(file) : file.HasIn("mask") ? Block(file) : Switch(file);

    private static GoldenOutputs SpanHead(GoldenFile file)
    {
        var config = file.Config;
        long experts = config.Long("experts"), tokens = file.In("hidden").shape[1];
        double factor = config.Double("capacity_factor") / 2;
        var step = new ExpertHead
        {
            Experts = (int)experts,
            HiddenDim = config.Int("hidden"),
            Activation = config.Text("activation") switch { "relu" => Activation.Relu, "leaky_relu" => Activation.LeakyRelu, "gelu" => Activation.Gelu, var other => throw new FrugalException($"{file.Path} has experts with {other}.") },
            Second = config.Text("second_policy") switch
            {
                "random" => SecondChoice.Random,
                "threshold" => SecondChoice.Threshold,
                "all" => SecondChoice.All,
                "none" => SecondChoice.None,
                var other => throw new FrugalException($"{file.Path} follows second choices by {other}."),
            },
            SecondThreshold = config.Double("second_threshold"),
            Capacity = new() { Factor = factor, EvaluationFactor = factor, RoundsUp = false, Minimum = config.Int("min_capacity") },
            BalanceWeight = config.Double("aux_weight"),
        };
        var mixture = step.Mixture(config.Long("dim"));
        foreach (var expert in mixture.Experts.Where(_ => config.Text("activation") == "leaky_relu"))
            Layers.Surgery.ModuleSurgery.Replace(expert, "act", nn.LeakyReLU(config.Double("negative_slope")));
        Tensor gates = file.Param("gate.w_gating"), up = file.Param("experts.w1"), down = file.Param("experts.w2");
        Fill(mixture, name => name == "gate.weight" ? gates.t() : (name.EndsWith("fc1.weight", StringComparison.Ordinal) ? up : down)[long.Parse(name.Split('.')[1], System.Globalization.CultureInfo.InvariantCulture)].t());
        var outputs = DenseLayer.Linear(file.Param("qa_outputs.weight"), file.Param("qa_outputs.bias"));
        var hidden = file.In("hidden").requires_grad_();
        var uniform = file.In("second_uniform");
        var draws = new SecondDraws(stack([zeros_like(uniform), uniform], -1));
        mixture.BeginLoss();
        mixture.Draws = draws;
        var mixed = mixture.call(hidden);
        var balance = mixture.TakeLoss()!;
        var logits = outputs.call(mixed);
        Tensor Ends(string name, long column) => nn.functional.cross_entropy(logits.select(-1, column), file.In(name).clamp(0, tokens), ignore_index: tokens);
        var loss = (Ends("start", 0) + Ends("end", 1)) / 2 + balance;
        loss.backward();
        using var mode = no_grad();
        var routing = mixture.Route(hidden, draws);
        long slots = Math.Max(Math.Min(tokens, (long)(tokens * config.Double("capacity_factor") / experts)), config.Long("min_capacity"));
        var combine = Combine(routing, hidden.shape[0], tokens, slots);
        return new()
        {
            ["combine"] = combine,
            ["dispatch"] = combine.ne(0).to(combine.dtype),
            ["aux"] = RoutingMath.BalanceLoss(routing.Load, routing.Probabilities),
            ["output"] = mixed.detach(),
            ["start_logits"] = logits.select(-1, 0).detach(),
            ["end_logits"] = logits.select(-1, 1).detach(),
            ["loss"] = loss.detach(),
            ["grad.hidden"] = hidden.grad!,
            ["grad.gate.w_gating"] = mixture.get_parameter("gate.weight")!.grad!.t(),
            ["grad.experts.w1"] = Gradients(mixture, "fc1"),
            ["grad.experts.w2"] = Gradients(mixture, "fc2"),
            ["grad.qa_outputs.weight"] = outputs.weight!.grad!,
            ["grad.qa_outputs.bias"] = outputs.bias!.grad!,
        };
    }

    private static GoldenOutputs Switch(GoldenFile file)
    {
        var config = file.Config;
        bool drops = config.Bool("drop_tokens");
        if (drops && config.Text("drop_order") != "first")
            throw new FrugalException($"{file.Path} drops tokens in the order {config.Text("drop_order")}; without its random numbers only first can be computed.");
        var layer = SwitchLayer(config, drops, balanceWeight: 1);
        var names = FeedForwardNames(config.Int("experts"));
        Fill(layer, name => file.Param(names[name]));
        var input = file.In("x").requires_grad_();
        layer.BeginLoss();
        var output = layer.call(input);
        var balance = layer.TakeLoss()!;
        var scalar = (output * file.In("w")).sum();
        (config.Text("grad_of").Contains("balance_loss", StringComparison.Ordinal) ? scalar + balance : scalar).backward();
        var outputs = Routed(layer, input.detach());
        outputs.Add("y", output.detach());
        outputs.Add("balance_loss", balance.detach());
        outputs.Add("grad.x", input.grad!);
        foreach (var (own, theirs) in names)
            outputs.Add($"grad.{theirs}", layer.get_parameter(own)!.grad ?? zeros_like(layer.get_parameter(own)!));
        return outputs;
    }

    private static GoldenOutputs Block(GoldenFile file)
    {
        var config = file.Config;
        var block = new SwitchBlock(
            config.Long("dim"), config.Long("hidden"), config.Int("experts"), config.Long("heads"), dropRate: 0.2, config.Bool("scale_prob"), CapacityOf(config, config.Bool("drop_tokens")), balanceWeight: 0,
            config.Double("norm_eps"));
        var names = FeedForwardNames(config.Int("experts")).ToDictionary(pair => $"feed_forward.{pair.Key}", pair => $"feed_forward.{pair.Value}");
        Fill(block, name => file.Param(names.GetValueOrDefault(name, name)));
        block.eval();
        using var mode = no_grad();
        Tensor? seen = null;
        var hook = block.Experts.register_forward_pre_hook((_, entering) =>
        {
            seen = entering.alias().DetachFromDisposeScope();
            return entering;
        });
        var output = block.Run(file.In("x"), file.In("mask"));
        hook.remove();
        var outputs = Routed(block.Experts, seen!);
        outputs.Add("y", output);
        return outputs;
    }

    private static MixtureOfExperts SwitchLayer(GoldenConfig config, bool drops, double balanceWeight) => new(
        config.Long("dim"), config.Long("hidden"), config.Int("experts"), new SwitchRouter { ScalesOutput = config.Bool("scale_prob") }, hasGateBias: true, activation: Activation.Relu, capacity: CapacityOf(config, drops),
        balanceWeight: balanceWeight);

    private static ExpertCapacity? CapacityOf(GoldenConfig config, bool drops) => drops
        ? new() { Factor = config.Double("capacity_factor"), EvaluationFactor = config.Double("capacity_factor"), RoundsUp = false, Minimum = 0, Order = CapacityOrder.Token, PassesThrough = true }
        : null;

    // What the router made of all tokens, whether they then found room or not.
    private static GoldenOutputs Routed(MixtureOfExperts layer, Tensor input)
    {
        using var mode = no_grad();
        var routing = layer.Route(input);
        var probabilities = routing.Probabilities.view(-1, layer.NumExperts);
        return new()
        {
            ["counts"] = probabilities.argmax(-1).bincount(null, layer.NumExperts),
            ["route_prob"] = probabilities.sum([0]),
            ["route_prob_max"] = probabilities.amax([-1]),
        };
    }

    private static Dictionary<string, string> FeedForwardNames(int experts)
    {
        var names = new Dictionary<string, string> { ["gate.weight"] = "switch.weight", ["gate.bias"] = "switch.bias" };
        for (int i = 0; i < experts; i++)
            foreach (string kind in new[] { "weight", "bias" })
            {
                names.Add($"experts.{i}.fc1.{kind}", $"experts.{i}.linear1.{kind}");
                names.Add($"experts.{i}.fc2.{kind}", $"experts.{i}.linear2.{kind}");
            }
        return names;
    }

    private static void Fill(nn.Module module, Func<string, Tensor> value)
    {
        using var mode = no_grad();
        foreach (var (name, parameter) in module.named_parameters())
            parameter.copy_(value(name));
    }

    private static Tensor Gradients(MixtureOfExperts mixture, string layer) =>
        stack(Enumerable.Range(0, mixture.NumExperts).Select(i => mixture.get_parameter($"experts.{i}.{layer}.weight")!).Select(parameter => (parameter.grad ?? zeros_like(parameter)).t()));

    // [batch, tokens, experts, slots]
    private static Tensor Combine(Routing routing, long batch, long tokens, long slots) => stack(Enumerable.Range(0, (int)batch).Select(group =>
    {
        var places = routing.Tokens!.div(tokens, RoundingMode.floor).eq(group).nonzero().squeeze(1);
        var own = routing with
        {
            Probabilities = routing.Probabilities.narrow(0, group, 1),
            Tokens = routing.Tokens.index_select(0, places) - group * tokens,
            Experts = routing.Experts!.index_select(0, places),
            Weights = routing.Weights!.index_select(0, places),
            Ranks = routing.Ranks?.index_select(0, places),
        };
        return DispatchTable.Of(own, CapacityOrder.Choice, slots).Combine(own.Weights);
    }));

    private sealed class SecondDraws(Tensor uniforms) : RoutingDraws
    {
        public override Tensor Uniform(long[] shape, Tensor like) => uniforms.alias();
    }
}

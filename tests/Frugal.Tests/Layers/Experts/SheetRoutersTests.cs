using Frugal.Interop;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers.Experts;

/// <summary>The one router family against what the released routers of the mixture papers computed: each is a choice of options.</summary>
public sealed class SheetRoutersTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    private static void Agree(Tensor actual, Tensor expected, double tolerance = 1e-5) =>
        Assert.True(actual.allclose(expected, rtol: tolerance, atol: tolerance), $"largest difference {(actual - expected).abs().max().item<float>()}");

    [Fact]
    public void WideNet_is_top_2_of_a_noisy_softmax_with_room_in_token_order()
    {
        using var file = GoldenFile.Open(SharedFolder.Require("golden", "widenet", "widenet_router.safetensors"));
        // The noise of the case is scaled already: 1 in units of 1 / experts.
        var draws = new GivenDraws { Normals = file.In("noise") * 4 };
        var router = new TopKRouter { K = 2, Weights = ExpertWeights.Probability, LogitNoise = 1 };
        var capacity = new ExpertCapacity { Factor = file.Config.Double("capacity_factor"), RoundsUp = false, Minimum = 0, Order = CapacityOrder.Token };
        var logits = nn.functional.linear(file.In("x"), file.Param("router.weight")).unsqueeze(0);
        var routing = router.Route(logits, new() { IsTraining = true, Draws = draws, Capacity = capacity });
        Agree(routing.ToDense(), file.Out("combine").sum(-1), 1e-6);
        Agree(RoutingMath.BalanceLoss(routing.Load, routing.Probabilities), file.Out("aux"), 1e-6);
        Assert.Equal(10, capacity.SlotsFor(20, 2, 4, isTraining: true));
        Assert.Equal(file.Out("kept").to(int64).sum().item<long>(), routing.Experts!.shape[0]);
    }

    public static IEnumerable<TheoryDataRow<string, int, ExpertWeights, ExpertSelection, CapacityOrder>> DeepSpeed =>
    [
        new("top1", 1, ExpertWeights.Probability, ExpertSelection.Best, CapacityOrder.Random),
        new("top1_rsample", 1, ExpertWeights.Probability, ExpertSelection.Sampled, CapacityOrder.Random),
        new("top2", 2, ExpertWeights.NormalizedAfterDropping, ExpertSelection.SampledAfterFirst, CapacityOrder.Choice),
        new("top2_plain", 2, ExpertWeights.NormalizedAfterDropping, ExpertSelection.Best, CapacityOrder.Choice),
        new("top2_nodrop", 2, ExpertWeights.NormalizedAfterDropping, ExpertSelection.Best, CapacityOrder.Choice),
    ];

    [Theory]
    [MemberData(nameof(DeepSpeed))]
    public void DeepSpeed_is_top_1_and_top_2_with_first_choices_first(string mode, int k, ExpertWeights weights, ExpertSelection selection, CapacityOrder order)
    {
        using var file = GoldenFile.Open(SharedFolder.Require("golden", "deepspeed-moe", "gating.safetensors"));
        var router = new TopKRouter { K = k, Weights = weights, Selection = selection, BalancesFirst = true };
        var capacity = mode.EndsWith("nodrop", StringComparison.Ordinal) ? null : new ExpertCapacity { Factor = file.Config.Double("capacity_factor"), Minimum = file.Config.Int("min_capacity"), Order = order };
        var routing = router.Route(file.In("logits").unsqueeze(0), new()
        {
            IsTraining = true,
            Capacity = capacity,
            Draws = new GivenDraws { Uniforms = file.In("rts_uniform"), Gumbels = file.In("gumbel") },
        });
        Agree(routing.ToDense(), file.Out($"{mode}.combine").sum(-1), 1e-6);
        Agree(RoutingMath.BalanceLoss(routing.Load, routing.Probabilities), file.Out($"{mode}.l_aux"), 1e-6);
    }

    [Fact]
    public void Switch_layer_agrees_with_its_gradients_and_passes_dropped_tokens_through()
    {
        using var file = GoldenFile.Open(SharedFolder.Require("golden", "robust-qa-moe", "switch_ffn.safetensors"));
        int experts = file.Config.Int("experts");
        var layer = new MixtureOfExperts(file.Config.Long("dim"), file.Config.Long("hidden"), experts, new SwitchRouter(), hasGateBias: true, activation: Frugal.Layers.Activation.Relu,
            capacity: new() { Factor = file.Config.Double("capacity_factor"), RoundsUp = false, Minimum = 0, PassesThrough = true }, balanceWeight: 1);
        var names = new Dictionary<string, string> { ["gate.weight"] = "switch.weight", ["gate.bias"] = "switch.bias" };
        for (int i = 0; i < experts; i++)
            foreach (var (own, theirs) in new[] { ("fc1", "linear1"), ("fc2", "linear2") })
                foreach (string kind in new[] { "weight", "bias" })
                    names[$"experts.{i}.{own}.{kind}"] = $"experts.{i}.{theirs}.{kind}";
        using (no_grad())
            foreach (var (own, theirs) in names)
                layer.get_parameter(own)!.copy_(file.Param(theirs));
        layer.Observe();
        var input = file.In("x").requires_grad_();
        layer.BeginLoss();
        var output = layer.call(input);
        var balance = layer.TakeLoss()!;
        Agree(output, file.Out("y"));
        Agree(balance, file.Out("balance_loss"));
        ((output * file.In("w")).sum() + balance).backward();
        Agree(input.grad!, file.Out("grad.x"), 1e-4);
        foreach (var (own, theirs) in names)
            Agree(layer.get_parameter(own)!.grad!, file.Out($"grad.{theirs}"), 1e-4);
        Assert.Equal(file.Out("counts").sum().item<long>(), layer.Statistics!.Computed + layer.Statistics!.Dropped);
    }

    [Fact]
    public void The_top_2_head_routes_within_each_sequence_and_draws_second_choices()
    {
        using var file = GoldenFile.Open(SharedFolder.Require("golden", "robust-qa-moe", "top2_head.safetensors"));
        var router = new TopKRouter { Second = SecondChoice.Random, SecondThreshold = file.Config.Double("second_threshold"), BalancesFirst = true };
        var hidden = file.In("hidden");
        var uniforms = stack([zeros_like(file.In("second_uniform")), file.In("second_uniform")], -1);
        var routing = router.Route(hidden.matmul(file.Param("gate.w_gating")), new()
        {
            IsTraining = true,
            Capacity = new() { Factor = file.Config.Double("capacity_factor") / 2, RoundsUp = false, Minimum = file.Config.Int("min_capacity") },
            Draws = new GivenDraws { Uniforms = uniforms },
        });
        Agree(routing.ToDense(), file.Out("combine").sum(-1).flatten(0, 1));
        Agree(RoutingMath.BalanceLoss(routing.Load, routing.Probabilities), file.Out("aux"));
    }
}

using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Training.Methods.Distillation;
using static TorchSharp.torch;

namespace Frugal.Analysis;

/// <summary>The golden cases of DeepSpeed-MoE: its gates with written random numbers, the residual layer with its gradients, and the exchanges with the distillation loss.</summary>
internal sealed class DeepSpeedMoeGolden : GoldenCase
{
    public override string Slug => "deepspeed-moe";

    public override bool Has(string name) => name is "gating" or "residual_layer" or "parallel";

    public override Tolerance ToleranceFor(GoldenFile file, string output) =>
        file.OutDtype(output) != SafetensorsDtype.F32 || output is "after_a2a" or "after_intra" or "round_trip" ? Tolerance.Exact
        : file.Case != "residual_layer" ? Tolerance.OfLargest(1e-6, atLeast: output.StartsWith("grad.", StringComparison.Ordinal) ? 0 : 1)
        : output.StartsWith("grad.", StringComparison.Ordinal) ? Tolerance.OfLargest(1e-5) : Tolerance.OfLargest(1e-5, atLeast: 1);

    public override GoldenOutputs Run(GoldenFile file) => file.Case switch
    {
        "gating" => Gates(file),
        "residual_layer" => Residual(file),
        _ => Exchanges(file),
    };

    private static GoldenOutputs Gates(GoldenFile file)
    {
        var outputs = new GoldenOutputs();
        int k = file.Config.Int("k3");
        Gate("top1", new TopKRouter { K = 1, Weights = ExpertWeights.Probability }, CapacityOrder.Random);
        Gate("top1_rsample", new TopKRouter { K = 1, Weights = ExpertWeights.Probability, Selection = ExpertSelection.Sampled }, CapacityOrder.Random);
        Gate("top2", new TopKRouter { Weights = ExpertWeights.NormalizedAfterDropping, Selection = ExpertSelection.SampledAfterFirst, BalancesFirst = true }, CapacityOrder.Choice);
        Gate("top2_plain", new TopKRouter { Weights = ExpertWeights.NormalizedAfterDropping, BalancesFirst = true }, CapacityOrder.Choice);
        Gate("top2_nodrop", new TopKRouter { Weights = ExpertWeights.NormalizedAfterDropping, BalancesFirst = true }, null);
        Gate("topk_probs", new TopKRouter { K = k, Weights = ExpertWeights.NormalizedAfterDropping }, CapacityOrder.Logit);
        Gate("topk_position", new TopKRouter { K = k, Weights = ExpertWeights.NormalizedAfterDropping }, CapacityOrder.Token);
        return outputs;

        void Gate(string mode, TopKRouter router, CapacityOrder? order)
        {
            var logits = file.In("logits").unsqueeze(0);
            int experts = file.Config.Int("experts");
            var capacity = order is { } given ? new ExpertCapacity { Factor = file.Config.Double("capacity_factor"), Minimum = file.Config.Int("min_capacity"), Order = given } : null;
            var draws = new WrittenDraws(file.In("rts_uniform"), file.In("gumbel"));
            Routing Route(ExpertCapacity? capacity) => router.Route(logits, new() { IsTraining = true, Capacity = capacity, Draws = draws });
            var (all, kept) = (Route(null), Route(capacity));
            var table = DispatchTable.Of(kept, order ?? CapacityOrder.Choice, capacity?.SlotsFor(logits.shape[1], router.K, experts, isTraining: true));
            var combine = table.Combine(kept.Weights!);
            outputs.Add($"{mode}.l_aux", RoutingMath.BalanceLoss(all.Load, all.Probabilities));
            outputs.Add($"{mode}.combine", combine);
            outputs.Add($"{mode}.dispatch", combine.ne(0).to(uint8));
            outputs.Add($"{mode}.exp_counts", all.Experts!.bincount(null, experts));
        }
    }

    private static GoldenOutputs Residual(GoldenFile file)
    {
        var config = file.Config;
        using var layer = new ResidualMixtureOfExperts(
            config.Long("hidden"), config.Long("ffn"), config.Int("experts"),
            activation: config.Text("activation") switch
            {
                "gelu_erf" => Activation.Gelu,
                "gelu_tanh" => Activation.GeluTanh,
                "relu" => Activation.Relu,
                var other => throw new FrugalException($"activation is '{other}'; gelu_erf, gelu_tanh and relu are known"),
            },
            capacity: new() { Factor = config.Double("capacity_factor"), Minimum = config.Int("min_capacity"), Order = CapacityOrder.Random }, balanceWeight: 1);
        var (missing, unexpected) = layer.load_state_dict(file.ReadParams().ToDictionary(own => Ours(own.Key), own => own.Value), strict: false);
        if (missing.Count > 0 || unexpected.Count > 0)
            throw new FrugalException($"The weights of {file.Path} are not the layer's: {string.Join(", ", missing.Concat(unexpected))}.");
        var mixture = (MixtureOfExperts)ModuleSurgery.Find(layer, "moe");
        mixture.Draws = new WrittenDraws(file.In("rts_uniform"), null);
        var x = file.In("x").requires_grad_();
        mixture.BeginLoss();
        var y = layer.call(x);
        var balance = mixture.TakeLoss()!;
        ((y * file.In("w")).sum() + balance).backward();
        var all = mixture.Router!.Route(nn.functional.linear(x, mixture.get_parameter("gate.weight")!).reshape(1, -1, mixture.NumExperts), new() { IsTraining = true });
        var outputs = new GoldenOutputs
        {
            { "y", y },
            { "moe", mixture.call(x) },
            { "coef", layer.Coefficients(x) },
            { "l_aux", balance },
            { "exp_counts", all.Experts!.bincount(null, mixture.NumExperts) },
            { "grad.x", x.grad! },
        };
        foreach (string name in file.Params)
            outputs.Add($"grad.{name}", layer.get_parameter(Ours(name))!.grad!.clone());
        return outputs;
    }

    private static string Ours(string name) => name
        .Replace("deepspeed_moe.gate.wg.", "moe.gate.", StringComparison.Ordinal)
        .Replace("deepspeed_moe.experts.deepspeed_experts.", "moe.experts.", StringComparison.Ordinal);

    private static GoldenOutputs Exchanges(GoldenFile file)
    {
        var dispatched = file.In("dispatched");
        var held = AllToAll.Send(dispatched);
        var student = file.In("student_logits").requires_grad_();
        var loss = DistillationMath.Divergence(student, file.In("teacher_logits"), file.Config.Double("kd_temperature"));
        loss.backward();
        return new()
        {
            { "after_a2a", held },
            { "after_intra", AllToAll.SendByNodes(dispatched, file.Config.Long("node_size")).WithinNodes },
            { "round_trip", AllToAll.Return(held) },
            { "kd_loss", loss },
            { "grad.student_logits", student.grad! },
        };
    }

    private sealed class WrittenDraws(Tensor uniforms, Tensor? gumbels) : RoutingDraws
    {
        public override Tensor Uniform(long[] shape, Tensor like) => uniforms.reshape(shape);

        public override Tensor Gumbel(long[] shape, Tensor like) => gumbels!.reshape(shape);
    }
}

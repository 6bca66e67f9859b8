using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Experts;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Compression.Experts;

/// <summary>The golden cases of Read-ME: masks and sliced experts, the router with its distillation, and batches and caches that know the experts in advance.</summary>
internal sealed class ReadMeGolden : GoldenCase
{
    public override string Slug => "read-me";

    public override Tolerance ToleranceFor(GoldenFile file, string output) =>
        file.OutDtype(output) is SafetensorsDtype.F32 ? Tolerance.OfLargest(1e-5, atLeast: 1) : Tolerance.Exact;

    public override GoldenOutputs Run(GoldenFile file) => file.HasIn("trace") ? Serving(file) : file.HasIn("importance") ? Extraction(file) : Router(file);

    private static GoldenOutputs Extraction(GoldenFile file)
    {
        using var mode = no_grad();
        var config = file.Config;
        var masks = ExpertMasks.Of(file.In("importance"), config.Double("keep_rate"), config.Bool("strict"));
        var dense = new GatedFeedForward(config.Long("hidden"), config.Long("intermediate"), ActivationLayer.Of(Activation.Silu));
        foreach (var (name, parameter) in dense.named_parameters())
            parameter.copy_(file.Param(name));
        var block = FeedForwardBlock.In(nn.Sequential(("ffn", dense)))[0];
        var outputs = new GoldenOutputs { ["mask"] = masks.Masks, ["residual"] = masks.Shared, ["private"] = masks.Private, ["dense"] = dense.call(file.In("x")) };
        int experts = config.Int("experts");
        var sliced = Enumerable.Range(0, experts).Select(expert => block.Slice(masks.Units(expert))).ToList();
        foreach (var (i, expert) in sliced.Index())
            foreach (string name in new[] { "gate_proj", "up_proj", "down_proj" })
                outputs.Add($"expert.{i}.{name}", expert.get_parameter($"{name}.weight")!.detach());
        var (tokens, chosen) = (file.In("x").flatten(0, 1), file.In("cluster_id").flatten());
        var routing = PreGatedRouter.Given(chosen, tokens.shape[0], experts, tokens);
        outputs["y"] = ExpertDispatch.Run(sliced, tokens, routing).view(file.In("x").shape);
        return outputs;
    }

    private static GoldenOutputs Router(GoldenFile file)
    {
        var config = file.Config;
        var activation = Enum.TryParse<Activation>(config.Text("activation"), ignoreCase: true, out var known) ? known : throw new FrugalException($"{file.Path} asks for the activation '{config.Text("activation")}', which there is not");
        var router = new PreGatingRouter(
            config.Long("vocab"), config.Int("experts"), config.Long("dim"), config.Int("layers"), config.Long("heads"), activation, config.Double("normalizer"), config.Double("rope_theta"), config.Double("rms_eps"));
        using (no_grad())
            foreach (var (name, parameter) in router.named_parameters())
                parameter.copy_(file.Param(name));
        var logits = router.call(file.In("input_ids")).detach();
        var matches = RoutingTargets.Matches(file.In("feature"), file.In("private"), config.Double("gain"));
        double temperature = config.Double("temperature");
        var asked = logits.clone().requires_grad_();
        var loss = RoutingTargets.Loss(asked, matches, config.Double("alpha"), config.Double("label_smoothing"), temperature);
        loss.backward();
        return new()
        {
            ["logits"] = logits,
            ["soft_target"] = (matches / temperature).softmax(-1),
            ["label"] = matches.argmax(-1),
            ["distill_loss"] = loss.detach(),
            ["grad.logits"] = asked.grad!,
        };
    }

    private static GoldenOutputs Serving(GoldenFile file)
    {
        var config = file.Config;
        long[] wanted = file.In("request_expert").data<long>().ToArray();
        var queues = new ExpertQueues<int>(config.Int("experts"));
        for (int request = 0; request < wanted.Length; request++)
            queues.Add((int)wanted[request], request);
        long[] batch = new long[wanted.Length], position = new long[wanted.Length];
        for (int number = 0; queues.Count > 0; number++)
            foreach (var (place, (_, request)) in queues.Take(config.Int("max_tokens")).Index())
                (batch[request], position[request]) = (number, place);
        var outputs = new GoldenOutputs { ["batch_id"] = Like(file, "batch_id", batch), ["batch_position"] = Like(file, "batch_position", position) };
        int[] trace = [.. file.In("trace").data<long>().ToArray().Select(expert => (int)expert)];
        int? ahead = config.IsText("belady_lookahead") && config.Text("belady_lookahead") == "full" ? null : config.Int("belady_lookahead");
        foreach (var (name, policy) in new[] { ("belady", EvictionPolicy.Belady), ("lru", EvictionPolicy.Lru) })
        {
            var accesses = new ExpertCache(config.Int("capacity"), policy).Run(trace, ahead);
            outputs.Add($"hits.{name}", Like(file, $"hits.{name}", [.. accesses.Select(access => access.IsHit ? 1L : 0L)]));
            outputs.Add($"evicted.{name}", Like(file, $"evicted.{name}", [.. accesses.Select(access => access.Evicted ?? -1L)]));
        }
        return outputs;
    }

    private static Tensor Like(GoldenFile file, string output, long[] values) => tensor(values).to(file.Out(output).dtype);
}

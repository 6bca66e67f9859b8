using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Text;
using static TorchSharp.torch;

namespace Frugal.Growth;

/// <summary>The golden cases of Branch-Attend-Mix: a block with both mixtures, its losses and gradients, and the merging of dense models in all three ways.</summary>
internal sealed class BranchAttendMixGolden : GoldenCase
{
    public override string Slug => "bam";

    public override Tolerance ToleranceFor(GoldenFile file, string output) =>
        !file.Config.Has("heads") ? Tolerance.OfLargest(1e-7, atLeast: 1) : Tolerance.OfLargest(1e-5, atLeast: output.StartsWith("grad.", StringComparison.Ordinal) ? 0 : 1);

    public override GoldenOutputs Run(GoldenFile file) => file.Config.Has("heads") ? Block(file) : Upcycling(file);

    private static GoldenOutputs Block(GoldenFile file)
    {
        long dim = file.Config.Long("dim"), heads = file.Config.Long("heads");
        int experts = file.Config.Int("experts");
        if (file.Config.TextOrNull("norm") is { } norm and not "layernorm_scale_only")
            throw new FrugalException($"{file.Path} asks for the norm '{norm}'; there is layernorm_scale_only.");
        using var layer = new ParallelDecoderLayer(new ParallelDecoderConfig
        {
            HiddenSize = dim,
            NumHeads = heads,
            IntermediateSize = file.Config.Long("ffn_hidden"),
            RotaryTheta = file.Config.Double("rope_base"),
            LayerNormEpsilon = file.Config.Double("norm_eps"),
        });
        var attention = new MixtureOfAttention(dim, heads, numExperts: experts, sharesKeyValues: file.Config.Bool("shared_kv"), rotaryTheta: file.Config.Double("rope_base"));
        var feedForward = new MixtureOfExperts(
            dim, file.Config.Long("ffn_hidden"), experts, new TopKRouter { K = 1, Weights = ExpertWeights.Probability }, activation: Activation.Silu, isGated: true, hasBias: false,
            balanceWeight: file.Config.Double("alpha"), zWeight: file.Config.Double("beta"));
        ModuleSurgery.ReplaceAll(layer, [("self_attn", attention), ("mlp", feedForward)]);
        using (no_grad())
            foreach (var (name, weight) in layer.named_parameters())
                weight.copy_(file.Param(FileName(name)));
        var x = file.In("x").requires_grad_();
        var z = ((nn.Module<Tensor, Tensor>)ModuleSurgery.Find(layer, "input_layernorm")).call(x);
        var context = AttentionContext.Alone(x, new RotaryEmbedding(dim / heads, file.Config.Double("rope_base")));
        feedForward.BeginLoss();
        var y = layer.Run(x, context);
        ((y * file.In("w")).sum() + feedForward.TakeLoss()!).backward();
        var routing = feedForward.Route(z);
        var outputs = new GoldenOutputs
        {
            ["z"] = z.detach(),
            ["gate_attn"] = attention.Weights(z).detach(),
            ["attn_out"] = attention.call(z).detach(),
            ["p_ffn"] = routing.Probabilities.view(x.shape[0], x.shape[1], experts).detach(),
            ["index"] = routing.Experts!.view(x.shape[0], x.shape[1]),
            ["ffn_out"] = feedForward.call(z).detach(),
            ["y"] = y.detach(),
            ["load_balance"] = RoutingMath.BalanceLoss(routing.Load, routing.Probabilities).detach(),
            ["z_loss"] = RoutingMath.ZLoss(routing.Logits).detach(),
            ["grad.x"] = x.grad!,
        };
        foreach (var (name, weight) in layer.named_parameters())
            outputs.Add($"grad.{FileName(name)}", weight.grad ?? zeros_like(weight));
        return outputs;
    }

    // Dense models, merged into the first of them.
    private static GoldenOutputs Upcycling(GoldenFile file)
    {
        var config = new ParallelDecoderConfig
        {
            VocabularySize = file.Config.Long("vocab"),
            HiddenSize = file.Config.Long("dim"),
            IntermediateSize = file.Config.Long("ffn_hidden"),
            NumLayers = file.Inputs.Count(name => name.StartsWith("model.0.block.", StringComparison.Ordinal) && name.EndsWith(".norm.weight", StringComparison.Ordinal)),
            NumHeads = 1,
            MaxPositions = 8,
            Head = TextHead.CausalLanguageModel,
        };
        var outputs = new GoldenOutputs();
        foreach (var (prefix, attention) in new[] { ("kv", MergedAttention.Experts), ("shared", MergedAttention.SharedKeyValues), ("btx", MergedAttention.Average) })
        {
            var models = Enumerable.Range(0, file.Config.Int("experts")).Select(i => Dense(file, config, i)).ToList();
            new BranchAttendMix { Attention = attention }.Merge(models, new RandomStreams(0), 0);
            foreach (var (name, weight) in models[0].state_dict().Where(own => !own.Key.EndsWith(".gate.weight", StringComparison.Ordinal)))
                outputs.Add($"{prefix}.{FileName(name)}", weight.detach().clone());
            models.ForEach(model => model.Dispose());
        }
        return outputs;
    }

    private static Model Dense(GoldenFile file, ParallelDecoderConfig config, int number)
    {
        var model = config.Build();
        using var mode = no_grad();
        foreach (var (name, weight) in model.state_dict())
            weight.copy_(file.In($"model.{number}.{FileName(name)}"));
        return model;
    }

    private static string FileName(string name)
    {
        foreach (var (ours, theirs) in new[]
        {
            ("model.layers.", "block."), ("input_layernorm", "norm"), ("self_attn.gate.", "router_attn."), ("mlp.gate.", "router_ffn."), ("self_attn.experts.", "attn."), ("self_attn.", "attn."), ("mlp.experts.", "ffn."),
            ("mlp.", "ffn."), ("_proj", ""), ("model.embed_tokens", "embed"), ("model.norm", "norm_f"), ("lm_head", "out"),
        })
            name = name.Replace(ours, theirs, StringComparison.Ordinal);
        return name;
    }
}

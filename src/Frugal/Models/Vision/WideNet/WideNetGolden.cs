using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Experts;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Models.Vision;

/// <summary>The golden cases of WideNet: a whole network in training mode with written noise, and its router.</summary>
internal sealed class WideNetGolden : GoldenCase
{
    // Their names and ours, longest first.
    private static readonly (string Theirs, string Ours)[] names =
    [
        ("patch.", "patch_embed.proj."), ("att.dense1.", "blocks.attn.qkv."), ("att.dense2.", "blocks.attn.proj."), ("router.", "blocks.mlp.gate."), ("experts.", "blocks.mlp.experts."), (".w1.", ".fc1."), (".w2.", ".fc2."),
        ("norm1.", "blocks.norm1."), ("norm2.", "blocks.norm2."), ("linear.", "head."), ("pre_logits.", "pre_logits.fc."),
    ];

    public override string Slug => "widenet";

    public override bool Has(string name) => name is "widenet_forward" or "widenet_router";

    public override Tolerance ToleranceFor(GoldenFile file, string output) =>
        output.StartsWith("grad.", StringComparison.Ordinal) ? Tolerance.OfLargest(1e-4)
        : file.OutDtype(output) != SafetensorsDtype.F32 ? Tolerance.Exact
        : Tolerance.OfLargest(file.Config.Has("dim") ? 1e-5 : 1e-6, atLeast: 1);

    public override GoldenOutputs Run(GoldenFile file) => file.Config.Has("dim") ? Network(file) : Router(file);

    private static GoldenOutputs Network(GoldenFile file)
    {
        var config = file.Config;
        using var model = (WideNet)new WideNetConfig
        {
            ImageSize = new ImageSize(config.Int("image"), config.Int("image")),
            InChannels = config.Int("channels"),
            NumClasses = config.Int("classes"),
            PatchSize = config.Int("patch"),
            EmbedDim = config.Int("dim"),
            Depth = config.Int("depth"),
            NumHeads = config.Int("heads"),
            HiddenDim = config.Int("hidden"),
            HasPreLogits = config.Bool("pre_logits"),
            NormEpsilon = config.Double("norm_eps"),
            Activation = config.Text("activation") switch
            {
                "gelu_erf" => Activation.Gelu,
                "gelu_tanh" => Activation.GeluTanh,
                var other => throw new FrugalException($"activation is '{other}'; gelu_erf and gelu_tanh are known"),
            },
            Mixture = new() { Experts = config.Int("experts"), TopK = config.Int("top_k"), CapacityFactor = config.Double("capacity_factor"), BalanceWeight = config.Double("aux_lambda") },
            DropRate = 0,
        }.Build();
        var weights = file.ReadParams().ToDictionary(own => Ours(own.Key), own => own.Key == "pos" ? own.Value.unsqueeze(0) : own.Value);
        var (missing, unexpected) = model.load_state_dict(weights, strict: false);
        if (missing.Count > 0 || unexpected.Count > 0)
            throw new FrugalException($"The weights of {file.Path} are not the network's: {string.Join(", ", missing.Concat(unexpected))}.");
        model.train();
        var mixture = model.modules().OfType<MixtureOfExperts>().Single();
        var noise = file.In("noise");
        mixture.Draws = new WrittenNoise(noise, mixture.NumExperts);
        var balances = new List<Tensor>();
        mixture.register_forward_pre_hook((layer, input) =>
        {
            var draws = new WrittenNoise(noise.narrow(0, balances.Count, 1), mixture.NumExperts);
            var routing = mixture.Route(input, draws);
            balances.Add(RoutingMath.BalanceLoss(routing.Load, routing.Probabilities).DetachFromDisposeScope());
            return input;
        });
        var features = model.ForwardFeatures(file.In("image"));
        var logits = model.ForwardHead(features);
        var aux = stack(balances);
        ((logits * file.In("w")).sum() + config.Double("aux_lambda") * aux.sum()).backward();
        var outputs = new GoldenOutputs { { "logits", logits }, { "tokens", features }, { "aux", aux } };
        var parameters = model.named_parameters().ToDictionary(own => own.name, own => own.parameter);
        foreach (string name in file.Params)
            outputs.Add($"grad.{name}", parameters[Ours(name)].grad is { } gradient && name == "pos" ? gradient.squeeze(0).clone() : parameters[Ours(name)].grad!.clone());
        balances.ForEach(balance => balance.Dispose());
        return outputs;
    }

    private static string Ours(string name)
    {
        if (name == "pos")
            return "pos_embed";
        foreach (var (theirs, ours) in names)
            name = theirs[0] == '.' ? name.Replace(theirs, ours, StringComparison.Ordinal) : name.StartsWith(theirs, StringComparison.Ordinal) ? ours + name[theirs.Length..] : name;
        return name;
    }

    private static GoldenOutputs Router(GoldenFile file)
    {
        var logits = nn.functional.linear(file.In("x"), file.Param("router.weight")).unsqueeze(0);
        int experts = file.Config.Int("experts"), k = file.Config.Int("top_k");
        var router = new TopKRouter { K = k, Weights = ExpertWeights.Probability, LogitNoise = 1 };
        var capacity = new ExpertCapacity { Factor = file.Config.Double("capacity_factor"), RoundsUp = false, Minimum = 0, Order = CapacityOrder.Token };
        Routing Route(ExpertCapacity? capacity) => router.Route(logits, new() { IsTraining = true, Capacity = capacity, Draws = new WrittenNoise(file.In("noise").unsqueeze(0), experts) });
        Routing all = Route(null), kept = Route(capacity);
        long slots = capacity.SlotsFor(logits.shape[1], k, experts, isTraining: true)!.Value;
        var slot = tensor([.. DispatchTable.Of(all, CapacityOrder.Token).Slots], int64).view(-1, k);
        return new()
        {
            { "gates", all.Weights!.view(-1, k) },
            { "index", all.Experts!.view(-1, k) },
            { "slot", slot },
            { "kept", slot.lt(slots).to(uint8) },
            { "aux", RoutingMath.BalanceLoss(all.Load, all.Probabilities) },
            { "combine", DispatchTable.Of(kept, CapacityOrder.Token, slots).Combine(kept.Weights!) },
        };
    }

    /// <summary>Noise as a file has it, scaled already, one step for each use.</summary>
    private sealed class WrittenNoise(Tensor steps, int experts) : RoutingDraws
    {
        private int used;

        // The router scales noise by 1 / experts.
        public override Tensor Normal(long[] shape, Tensor like) => (steps[used++] * experts).view(shape);
    }
}

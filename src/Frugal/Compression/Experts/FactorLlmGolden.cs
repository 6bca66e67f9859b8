using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Experts;
using static TorchSharp.torch;

namespace Frugal.Compression.Experts;

/// <summary>The golden cases of FactorLLM: the slices of a gated block, what its router chooses, both losses, and the gradients.</summary>
internal sealed class FactorLlmGolden : GoldenCase
{
    public override string Slug => "factorllm";

    public override Tolerance ToleranceFor(GoldenFile file, string output) => Tolerance.OfLargest(1e-5, atLeast: output.StartsWith("grad.", StringComparison.Ordinal) ? 0 : 1);

    public override GoldenOutputs Run(GoldenFile file)
    {
        int experts = file.Config.Int("experts"), k = file.Config.Int("top_k");
        if (file.Config.Has("split") && file.Config.Text("split") is var split and not "contiguous")
            throw new FrugalException($"{file.Path} asks for the split '{split}', which depends on a draw; only contiguous slices can be compared.");
        var block = new FeedForwardBlock("block", [], Dense("up_proj"), Dense("gate_proj"), Dense("down_proj"), Activation.Silu, 0);
        using var generator = new Generator(0);
        MixtureOfExperts layer;
        using (no_grad())
        {
            layer = new FactorLlm { Experts = experts, TopK = k }.Factor(block, generator);
            layer.get_parameter("gate.weight")!.copy_(file.Param("route1.weight"));
            layer.get_parameter("gate.bias")!.copy_(file.Param("route1.bias"));
        }
        var dense = block.Copy();
        Tensor x = file.In("x"), h = file.In("hidden_groundtruth").flatten(0, 1), teacher = dense.call(h).detach();
        var errors = FactorMath.Errors(stack([.. layer.Experts.Select(expert => expert.call(h))]), teacher, k).detach();
        var (output, labels, logits) = (layer.call(x), FactorMath.Labels(errors, k), layer.Route(h).Logits.flatten(0, 1));
        var (prior, balance) = (FactorMath.PriorLoss(logits, labels), FactorMath.BalanceLoss(logits, k));
        ((output * file.In("w")).sum() + prior + 0.01 * balance).backward();
        var outputs = new GoldenOutputs
        {
            ["y"] = output.detach(),
            ["teacher"] = teacher.view(file.In("hidden_groundtruth").shape),
            ["errors"] = errors,
            ["soft_label"] = labels,
            ["selected"] = layer.Route(x).ToDense().ne(0).to(float32),
            ["route_loss"] = prior.detach(),
            ["balance_loss"] = balance.detach(),
            ["grad.route1.weight"] = layer.get_parameter("gate.weight")!.grad!,
            ["grad.route1.bias"] = layer.get_parameter("gate.bias")!.grad!,
        };
        for (int expert = 0; expert < experts; expert++)
            foreach (string part in new[] { "gate", "up", "down" })
            {
                var weight = layer.get_parameter($"experts.{expert}.{part}_proj.weight")!;
                outputs.Add($"expert.{expert}.{part}", weight.detach());
                outputs.Add($"grad.expert.{expert}.{part}", weight.grad ?? zeros_like(weight));
            }
        return outputs;

        TorchSharp.Modules.Linear Dense(string name) => DenseLayer.Linear(file.Param($"{name}.weight"), null);
    }
}

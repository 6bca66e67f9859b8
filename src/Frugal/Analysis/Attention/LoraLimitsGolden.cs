using Frugal.Interop;
using Frugal.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Analysis;

/// <summary>The golden cases of LoRA's limits: the exact and the chained gradient of an attention head with an adapter, and the LoRA layer itself.</summary>
internal sealed class LoraLimitsGolden : GoldenCase
{
    public override string Slug => "lora-limits";

    public override Tolerance ToleranceFor(GoldenFile file, string output) => Tolerance.OfLargest(1e-9, atLeast: 1);

    public override GoldenOutputs Run(GoldenFile file)
    {
        var head = new HeadInputs(file.In("C1"), file.In("C2"), file.In("C3"), file.In("Y"));
        Tensor frozen = file.Param("W0"), a = file.Param("A"), b = file.Param("B");
        double alpha = file.Config.Double("alpha");
        int degree = file.Config.Int("degree");
        if (a.shape[0] != file.Config.Long("r") || PolynomialFeatures.Count(head.Dim, degree) != file.Config.Long("num_features"))
            throw new FrugalException($"The config of {file.Path} has another rank or number of features than its tensors.");
        var weight = frozen + LoraMath.Update(a, b, alpha);
        var exact = ExactHeadGradient.Of(head, weight);
        var chained = ChainedHeadGradient.Of(head, weight, degree);
        var (gradientA, gradientB) = LoraMath.Gradients(exact.Weight, a, b, alpha);
        var (chainedA, chainedB) = LoraMath.Gradients(chained.Weight, a, b, alpha);
        var layer = Layer(frozen, a, b, alpha);
        return new()
        {
            ["loss"] = exact.Loss,
            ["attn"] = exact.Attention,
            ["c"] = exact.Residual,
            ["p"] = exact.Logits,
            ["grad.W"] = exact.Weight,
            ["grad.A"] = gradientA,
            ["grad.B"] = gradientB,
            ["fast.U1"] = chained.U1,
            ["fast.V1"] = chained.V1,
            ["fast.c"] = chained.Residual,
            ["fast.r"] = chained.RowSums,
            ["fast.grad.W"] = chained.Weight,
            ["fast.grad.A"] = chainedA,
            ["fast.grad.B"] = chainedB,
            ["lora_y"] = layer.call(file.In("x")),
            ["lora_merged"] = layer.Merge().weight!,
        };
    }

    private static LoraLinear Layer(Tensor frozen, Tensor a, Tensor b, double alpha)
    {
        using var mode = no_grad();
        var layer = LoraLinear.Around(DenseLayer.Linear(frozen, null), a.shape[0], alpha);
        layer.A.copy_(a);
        layer.B.copy_(b);
        return layer;
    }
}

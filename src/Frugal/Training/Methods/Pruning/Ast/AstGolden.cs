using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Training.Methods.Distillation;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;
using AdamW = Frugal.Training.Optimizers.AdamW;
using Linear = TorchSharp.Modules.Linear;

namespace Frugal.Training.Methods.Pruning;

/// <summary>The golden cases of AST: masks, the sparse layer with its added weights, and the optimiser's decay of masked weights with the loss against the teacher.</summary>
internal sealed class AstGolden : GoldenCase
{
    public override string Slug => "ast";

    public override GoldenOutputs Run(GoldenFile file) =>
        file.Config.Has("lr") ? Updates(file) : file.HasIn("scaler") ? Masks(file) : Layer(file);

    public override Tolerance ToleranceFor(GoldenFile file, string output) => file.OutDtype(output) switch
    {
        SafetensorsDtype.F64 => Tolerance.Absolute(1e-9),
        SafetensorsDtype.F32 => Tolerance.OfLargest(1e-5, atLeast: 1),
        _ => Tolerance.Exact,
    };

    private static NofMPattern PatternOf(GoldenFile file) => new(file.Config.Int("N"), file.Config.Int("M"));

    private static GoldenOutputs Masks(GoldenFile file)
    {
        var weight = file.In("weight");
        return new()
        {
            ["mask_magnitude"] = NofMMask.Of(NofMMask.Scores(weight, null), PatternOf(file)).to(uint8),
            ["mask_wanda"] = NofMMask.Of(NofMMask.Scores(weight, file.In("scaler")), PatternOf(file)).to(uint8),
        };
    }

    private static GoldenOutputs Layer(GoldenFile file)
    {
        long group = file.Config.Long("k"), inputs = file.Config.Long("in_features");
        var weight = file.Param("weight");
        if (weight.shape[1] != inputs || weight.shape[0] != file.Config.Long("out_features"))
            throw new FrugalException($"The weight of {file.Path} is not of the layer that its config describes.");
        var mask = NofMMask.Of(NofMMask.Scores(weight, null), PatternOf(file));
        using var dense = DenseLayer.Linear(weight, file.Param("bias"));
        using var generator = new Generator(0);
        var layer = SlorbLinear.Of(dense, mask, group, SlorbStart.Mean, trainsProjection: true, generator);
        var kept = (Linear)ModuleSurgery.Find(layer, "sparse");
        var (added, sums) = ((Linear)ModuleSurgery.Find(layer, "boost"), (Linear)ModuleSurgery.Find(layer, "projection"));
        using (no_grad())
            kept.weight!.mul_(mask);
        var input = file.In("x").requires_grad_();
        var output = layer.call(input);
        (output * file.In("v")).sum().backward();
        return new()
        {
            ["mask"] = mask.to(uint8),
            ["x_proj"] = sums.weight!.detach(),
            ["mean.S"] = added.weight!.detach(),
            ["sum.S"] = SlorbMath.Start(weight, mask, group, SlorbStart.Sum),
            ["y_sparse"] = kept.call(input).detach(),
            ["y"] = output.detach(),
            ["grad.weight"] = kept.weight!.grad!,
            ["grad.bias"] = kept.bias!.grad!,
            ["grad.S"] = added.weight!.grad!,
            ["grad.x_proj"] = sums.weight!.grad!,
            ["grad.x"] = input.grad!,
        };
    }

    private static GoldenOutputs Updates(GoldenFile file)
    {
        var config = file.Config;
        double[] betas = config.Doubles("betas");
        var rule = new AdamW { Lr = config.Double("lr"), Beta1 = betas[0], Beta2 = betas[1], Eps = config.Double("eps"), WeightDecay = config.Double("weight_decay") };
        var annealing = new AnnealedDecay(config.Double("decay_plateau"), config.Long("increase_step"));
        var weight = file.In("w0").requires_grad_();
        using var state = rule.Start([new([("weight", weight)])]);
        var outputs = new GoldenOutputs();
        for (int step = 1; step <= config.Int("steps"); step++)
        {
            double strength = annealing.At(config.Long("start_iter") + step - 1);
            weight.grad = file.In($"grad.{step}");
            state.DecayMasked("weight", new(file.In($"mask.{step}").to(weight.dtype), strength));
            state.Step(rule.Lr);
            outputs[$"lambda.{step}"] = tensor([strength], float64);
            outputs[$"w.{step}"] = weight.detach().clone();
            foreach (string moment in AdamMoments.Names)
                outputs[$"{moment}.{step}"] = state.Tensors[$"{moment}.weight"].clone();
        }
        var student = file.In("student").requires_grad_();
        var loss = DistillationMath.Divergence(student, file.In("teacher"), config.Double("kl_temperature"));
        loss.backward();
        outputs["kl"] = loss.detach().reshape(1);
        outputs["grad.student"] = student.grad!;
        return outputs;
    }
}

using Frugal.Interop;
using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Pruning;

/// <summary>The golden cases of layer adaptive progressive pruning: a unit with its bypass and gradients, and the cost with its constraint and projection.</summary>
internal sealed class LappGolden : GoldenCase
{
    public override string Slug => "lapp";

    public override GoldenOutputs Run(GoldenFile file) => file.Config.Has("stride") ? Unit(file) : Cost(file);

    public override Tolerance ToleranceFor(GoldenFile file, string output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return output == "y" ? Tolerance.OfLargest(1e-4, atLeast: 1)
            : output.StartsWith("grad.", StringComparison.Ordinal) && file.Config.Has("stride") ? Tolerance.OfLargest(1e-3)
            : base.ToleranceFor(file, output);
    }

    private static GoldenOutputs Unit(GoldenFile file)
    {
        long[] shape = file.Param("conv.weight").shape;
        long side = shape[2];
        using var layer = new ThresholdConv2d(
            shape[1], shape[0], [side, shape[3]], file.Config.Int("r"), [file.Config.Long("stride")], [side / 2, shape[3] / 2], hasBias: file.HasParam("conv.bias"), file.Config.Double("eps"), file.Config.Double("kappa"));
        using (no_grad())
        {
            var own = layer.state_dict();
            foreach (var (name, tensor) in file.ReadParams())
                own[name].copy_(tensor);
        }
        layer.eval();
        layer.Tau.requires_grad = true;
        var y = layer.call(file.In("x"));
        (y * file.In("v")).sum().backward();
        var gradients = layer.named_parameters().ToDictionary(parameter => parameter.name, parameter => parameter.parameter.grad);
        var outputs = new GoldenOutputs
        {
            ["y"] = y.detach(),
            ["scores"] = layer.Scores().detach(),
            ["mask"] = layer.Mask().detach().to(uint8),
            ["grad.tau"] = layer.Tau.grad!,
        };
        foreach (string name in file.Outputs.Where(name => name.StartsWith("grad.", StringComparison.Ordinal) && name != "grad.tau"))
            outputs[name] = gradients[name["grad.".Length..]]!;
        return outputs;
    }

    private static GoldenOutputs Cost(GoldenFile file)
    {
        long[] Whole(string name) => file.In(name).data<long>().ToArray();
        var (sides, kernels, inputs, filters, ranks) = (Whole("hw"), Whole("k"), Whole("c_in"), Whole("c_out"), Whole("r"));
        var units = sides.Select((side, i) => new PrunableUnit(side * side, kernels[i] * kernels[i], inputs[i], filters[i], ranks[i])).ToList();
        var budget = new FlopBudget(file.Config.Long("fixed"), units);
        var tau = file.In("tau").to(float64).requires_grad_();
        var scores = units.Select((_, i) => file.In($"scores.{i}").to(float64)).ToList();
        List<Tensor> masks = [.. scores.Select((score, i) => FilterThreshold.Mask(score, tau[i], file.Config.Double("kappa")))];
        double target = file.Config.Double("rho") * budget.Full;
        var loss = budget.Constraint(masks, target, file.Config.Double("lambda"), file.Config.Double("lambda_1"));
        loss.backward();
        var (kept, _) = budget.Project(
            [.. scores.Select(score => score.data<double>().ToArray())], tau.detach().data<double>().ToArray(), [.. units.Select(_ => file.Config.Long("n_min"))], target);
        return new()
        {
            ["kept"] = stack([.. masks.Select(mask => mask.detach().sum())]).to(int64),
            ["flops_full"] = tensor((double[])[budget.Full], float64),
            ["flops"] = budget.Of(masks).detach().reshape(1),
            ["loss"] = loss.detach().reshape(1),
            ["grad.tau"] = tau.grad!,
            ["kept_after"] = tensor(kept, int64),
            ["flops_after"] = tensor((double[])[budget.Of(kept)], float64),
        };
    }
}

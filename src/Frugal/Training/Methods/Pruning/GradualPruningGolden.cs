using Frugal.Interop;
using Frugal.Training.Optimizers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training.Methods.Pruning;

/// <summary>The golden cases of gradual pruning: the schedule, masks at given sparsities, and a linear regression pruned while it is trained.</summary>
internal sealed class GradualPruningGolden : GoldenCase
{
    public override string Slug => "gradual-pruning";

    public override GoldenOutputs Run(GoldenFile file)
    {
        if (file.HasIn("t"))
            return new() { ["sparsity"] = tensor(file.In("t").data<long>().ToArray().Select(ScheduleOf(file.Config).At).ToArray(), float64) };
        return file.HasIn("sparsity") ? Masks(file) : Regression(file);
    }

    public override Tolerance ToleranceFor(GoldenFile file, string output) => file.OutDtype(output) is not SafetensorsDtype.F64 ? Tolerance.Exact
        : output == "sparsity" ? Tolerance.Absolute(1e-12) : Tolerance.Absolute(1e-9);

    private static SparsitySchedule ScheduleOf(GoldenConfig config)
    {
        long begin = config.Long("t0"), interval = config.Long("dt");
        return new(config.Double("s_i"), config.Double("s_f"), begin, begin + config.Long("n") * interval, interval, config.Double("exponent"));
    }

    private static GoldenOutputs Masks(GoldenFile file)
    {
        if (file.Config.Text("rounding") != "half_even" || file.Config.Int("min_keep") != 1)
            throw new FrugalException("Masks are rounded half to even and keep at least 1 weight; the case asks for something else.");
        double[] sparsities = file.In("sparsity").to(float64).data<double>().ToArray();
        var outputs = new GoldenOutputs();
        foreach (string input in file.Inputs.Where(name => name.StartsWith("w.", StringComparison.Ordinal)))
        {
            var weights = file.In(input);
            for (int i = 0; i < sparsities.Length; i++)
            {
                double threshold = MagnitudeMask.Threshold(weights, sparsities[i], BlockPattern.Unstructured);
                outputs[$"mask.{input[2..]}.{i}"] = MagnitudeMask.AtLeast(weights, threshold, BlockPattern.Unstructured).to(uint8);
                outputs[$"threshold.{input[2..]}.{i}"] = tensor([threshold], float64).to(weights.dtype);
            }
        }
        return outputs;
    }

    private static GoldenOutputs Regression(GoldenFile file)
    {
        Tensor x = file.In("x"), y = file.In("y");
        var parameter = file.Param("weight").requires_grad_();
        var schedule = ScheduleOf(file.Config);
        using var weight = new PrunedWeight("weight", parameter);
        var optimizer = new Sgd { Lr = file.Config.Double("lr"), Momentum = 0 };
        using var state = optimizer.Start([new([("weight", parameter)])]);
        var outputs = new GoldenOutputs();
        for (long step = 0, done = 0; step < file.Config.Long("steps"); step++)
        {
            state.ZeroGradients();
            var loss = functional.mse_loss(functional.linear(x, parameter), y);
            loss.backward();
            outputs[$"loss.{step}"] = loss.detach().reshape(1);
            weight.MaskGradient();
            weight.PutBackStored();
            state.Step(optimizer.Lr);
            weight.TakeStored();
            if (schedule.DueBy(step) is var due && due > done)
                weight.Prune(schedule.At(step), BlockPattern.Unstructured, allowRegrow: true, thresholdDecay: 0);
            done = due;
            weight.ApplyMask();
            outputs[$"weight.{step}"] = weight.Stored.clone();
            outputs[$"mask.{step}"] = weight.Mask.to(uint8);
        }
        return outputs;
    }
}

using Frugal.Interop;
using Frugal.Training.Clipping;
using Frugal.Training.Objectives;
using Frugal.Training.Optimizers;
using Frugal.Training.Schedules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Training;

/// <summary>The golden case of the training recipe: schedule, moving average, adaptive clipping, losses, and AdamW with clipping by the global norm.</summary>
internal static class RecipeGolden
{
    public static GoldenOutputs Run(GoldenFile file)
    {
        var outputs = GoldenSteps.Run(file, AdamWOf(file.Config), ["b"], (groups, _) => new NormClip { Max = file.Config.Double("clip_norm") }.Apply(groups));
        outputs["lr"] = Rates(file);
        (outputs["ema"], outputs["ema_decay"]) = Averages(file);
        outputs["agc_g"] = Clipped(file);
        (outputs["ls_loss"], outputs["soft_loss"], outputs["grad.logits"]) = Losses(file);
        return outputs;
    }

    private static AdamW AdamWOf(GoldenConfig config) => new()
    {
        Lr = config.Double("lr"),
        Beta1 = config.Doubles("betas")[0],
        Beta2 = config.Doubles("betas")[1],
        Eps = config.Double("eps"),
        WeightDecay = config.Double("weight_decay"),
    };

    private static Tensor Rates(GoldenFile file)
    {
        var config = file.Config.Section("schedule");
        var schedule = new Cosine
        {
            WarmUp = Duration.Batches(config.Long("warmup_t")),
            WarmUpLr = config.Double("warmup_lr_init"),
            WarmUpPrefix = config.Bool("warmup_prefix"),
            MinLr = config.Double("lr_min"),
            Cycle = Duration.Batches(config.Long("t_initial")),
            CycleMul = config.Double("cycle_mul"),
            CycleDecay = config.Double("cycle_decay"),
            CycleLimit = config.Int("cycle_limit"),
            KDecay = config.Double("k_decay"),
        };
        long[] updates = file.In("t").data<long>().ToArray();
        return tensor(updates.Select(update => schedule.At(update, updates.Length, 1, config.Double("lr_max"))).ToArray(), float64);
    }

    private static (Tensor Averages, Tensor Decays) Averages(GoldenFile file)
    {
        var config = file.Config.Section("ema");
        var ema = new Ema
        {
            Decay = config.Double("decay"),
            UpdateAfterStep = config.Long("update_after_step"),
            WarmUp = config.Bool("use_warmup"),
            WarmUpGamma = config.Double("warmup_gamma"),
            WarmUpPower = config.Double("warmup_power"),
        };
        var weights = file.In("ema_weights");
        using var frozen = no_grad();
        using var module = Linear(weights.shape[1], 1, hasBias: false, dtype: float64);
        module.weight!.copy_(weights[0].unsqueeze(0));
        using var average = new ModelWeights(module);
        var path = new List<Tensor>();
        var decays = new List<double>();
        for (int step = 1; step < weights.shape[0]; step++)
        {
            module.weight.copy_(weights[step].unsqueeze(0));
            decays.Add(ema.DecayAt(step));
            average.Follow(decays[^1]);
            path.Add(average.Values["weight"].squeeze(0).clone());
        }
        return (stack(path), tensor(decays, float64));
    }

    private static Tensor Clipped(GoldenFile file)
    {
        var parameter = file.In("agc_w").requires_grad_();
        parameter.grad = file.In("agc_g");
        new AdaptiveClip { Factor = file.Config.Double("agc") }.Apply([new([("w", parameter)])]);
        return parameter.grad!;
    }

    private static (Tensor Smoothed, Tensor Soft, Tensor Gradient) Losses(GoldenFile file)
    {
        var objective = new CrossEntropy { Smoothing = file.Config.Double("smoothing") };
        var logits = file.In("logits").requires_grad_();
        var smoothed = objective.Loss(logits, file.In("labels"));
        var soft = objective.Loss(logits, file.In("soft"));
        (smoothed + soft).backward(); // the case keeps the gradient of both together
        return (smoothed.detach(), soft.detach(), logits.grad!);
    }
}

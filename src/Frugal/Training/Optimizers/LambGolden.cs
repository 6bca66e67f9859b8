using Frugal.Interop;

namespace Frugal.Training.Optimizers;

/// <summary>The golden cases of LAMB and LARS: parameters after each of a few updates with given gradients.</summary>
internal sealed class LambGolden : GoldenCase
{
    public override string Slug => "lamb";

    public override GoldenOutputs Run(GoldenFile file)
    {
        var config = file.Config;
        return GoldenSteps.Run(file, config.Has("variant") ? LarsOf(config) : LambOf(config), config.Has("no_decay") ? config.Texts("no_decay") : []);
    }

    public override Tolerance ToleranceFor(GoldenFile file, string output) => Tolerance.Relative(1e-6, 1e-7);

    private static Lamb LambOf(GoldenConfig config)
    {
        double[] betas = config.Doubles("betas");
        var (low, high) = Phi(config);
        return new Lamb
        {
            Lr = config.Double("lr"),
            Beta1 = betas[0],
            Beta2 = betas[1],
            Eps = config.Double("eps"),
            WeightDecay = config.Double("weight_decay"),
            MaxGradNorm = config.DoubleOrNull("max_grad_norm"),
            BiasCorrection = config.Bool("bias_correction"),
            GradAveraging = config.Bool("grad_averaging"),
            TrustClip = config.Bool("trust_clip"),
            AlwaysAdapt = config.Bool("always_adapt"),
            DecoupledDecay = config.Bool("decoupled_decay"),
            PhiLow = low,
            PhiHigh = high,
        };
    }

    private static Lars LarsOf(GoldenConfig config)
    {
        var (low, high) = Phi(config);
        return config.Text("variant") switch
        {
            "paper" => new Lars
            {
                Variant = LarsVariant.Paper,
                Lr = config.Double("lr"),
                Momentum = config.Double("beta1"),
                WeightDecay = config.Double("weight_decay"),
                PhiLow = low,
                PhiHigh = high,
            },
            "momentum" => new Lars
            {
                Lr = config.Double("lr"),
                Momentum = config.Double("momentum"),
                Dampening = config.Double("dampening"),
                Nesterov = config.Bool("nesterov"),
                WeightDecay = config.Double("weight_decay"),
                TrustCoeff = config.Double("trust_coeff"),
                Eps = config.Double("eps"),
                TrustClip = config.Bool("trust_clip"),
                AlwaysAdapt = config.Bool("always_adapt"),
            },
            var other => throw new FrugalException($"There is no variant '{other}' of LARS; there are momentum and paper."),
        };
    }

    private static (double? Low, double? High) Phi(GoldenConfig config) => config.Has("phi") ? (config.Doubles("phi")[0], config.Doubles("phi")[1]) : (null, null);
}

using Frugal.Interop;
using Frugal.Training.Clipping;
using Frugal.Training.Optimizers;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Noise;

/// <summary>The golden cases of gradient noise: the standard deviations, and plain descent with given unit noise.</summary>
internal sealed class GradientNoiseGolden : GoldenCase
{
    public override string Slug => "gradient-noise";

    public override GoldenOutputs Run(GoldenFile file) => file.HasIn("t") ? Deviations(file) : Descent(file);

    public override Tolerance ToleranceFor(GoldenFile file, string output) =>
        file.OutDtype(output) is SafetensorsDtype.F64 ? Tolerance.Relative(1e-12) : Tolerance.Absolute(1e-6);

    private static GoldenOutputs Deviations(GoldenFile file)
    {
        long[] updates = file.In("t").data<long>().ToArray();
        var rows = file.Config.Doubles("eta").Select(eta => new GradientNoise { Eta = eta, Gamma = file.Config.Double("gamma") })
            .Select(noise => tensor(updates.Select(noise.Sigma).ToArray(), float64));
        return new() { ["sigma"] = stack([.. rows]) };
    }

    private static GoldenOutputs Descent(GoldenFile file)
    {
        var noise = new GradientNoise { Eta = file.Config.Double("eta"), Gamma = file.Config.Double("gamma") };
        var clip = file.Config.DoubleOrNull("clip_norm") is { } bound ? new NormClip { Max = bound } : null;
        bool isClippedFirst = file.Config.Text("order") switch
        {
            "clip_then_noise" => true,
            "noise_then_clip" => false,
            var other => throw new FrugalException($"There is no order '{other}'; there are clip_then_noise and noise_then_clip."),
        };
        return GoldenSteps.Run(file, new Sgd { Lr = file.Config.Double("lr"), Momentum = 0 }, [], (groups, step) =>
        {
            if (isClippedFirst)
                clip?.Apply(groups);
            GradientNoise.Add(groups, noise.Sigma(step), (name, gradient) => file.In($"noise.{name}")[step].to(gradient.dtype));
            if (!isClippedFirst)
                clip?.Apply(groups);
        });
    }
}

using Frugal.Interop;
using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Analysis.MixtureEstimation;

/// <summary>The golden cases of softmax Gaussian mixtures: density, gradients and interactions of both gates, a round of expectation maximisation, and the distance between mixtures.</summary>
internal sealed class SoftmaxGaussianGolden : GoldenCase
{
    public override string Slug => "softmax-gaussian-moe";

    public override Tolerance ToleranceFor(GoldenFile file, string output) => Tolerance.OfLargest(file.HasParam("true.tau") ? 1e-12 : file.Config.Has("gate") ? 1e-9 : 1e-10, atLeast: 1);

    public override GoldenOutputs Run(GoldenFile file) => file.HasParam("true.tau") ? Voronoi(file) : file.Config.Has("gate") ? Round(file) : Density(file);

    private static GoldenOutputs Density(GoldenFile file)
    {
        var (x, y, outputs) = (file.In("x"), file.In("y"), new GoldenOutputs());
        foreach (var (name, activation) in new (string, Activation?)[] { ("ds", null), ("act", ActivationOf(file)) })
        {
            var mixture = Mixture(file, "", activation).AsLeaves();
            var loss = mixture.Loss(x, y);
            loss.backward();
            outputs.Add($"{name}.pi", mixture.LogGate(x).exp().detach());
            outputs.Add($"{name}.logp", mixture.LogDensity(x, y).detach());
            outputs.Add($"{name}.nll", loss.detach());
            foreach (var (parameter, value) in mixture.Parameters)
                outputs.Add($"{name}.grad.{parameter}", value.grad!);
            var interactions = GateInteractions.Of(mixture, x, y);
            outputs.Add($"{name}.pde1", interactions.Temperature);
            outputs.Add($"{name}.pde2", interactions.Scale);
            outputs.Add($"{name}.pde3", interactions.Slope);
        }
        return outputs;
    }

    private static GoldenOutputs Round(GoldenFile file)
    {
        Tensor x = file.In("x"), y = file.In("y");
        var before = Mixture(file, "", file.Config.Text("gate") == "activation" ? ActivationOf(file) : null);
        var weights = before.Responsibilities(x, y);
        var after = new ExpectationMaximization { Ridge = file.Config.Double("ridge"), VarianceFloor = file.Config.Double("nu_floor") }.UpdateExperts(before, x, y, weights);
        var gradient = ExpectationMaximization.GateObjective(before, x, weights).Gradient;
        return new()
        {
            ["r"] = weights,
            ["a"] = after.A,
            ["b"] = after.B,
            ["nu"] = after.Nu,
            ["nll_before"] = before.Loss(x, y),
            ["nll_after"] = after.Loss(x, y),
            ["q_grad.beta0"] = gradient[0],
            ["q_grad.beta1"] = gradient[1],
            ["q_grad.tau"] = gradient[2],
        };
    }

    private static GoldenOutputs Voronoi(GoldenFile file)
    {
        SoftmaxGaussianMixture fitted = Mixture(file, "fit.", null), truth = Mixture(file, "true.", null);
        return new() { ["cell"] = tensor([.. VoronoiLoss.Cells(fitted, truth).Select(cell => (long)cell)], dtype: int64), ["d1"] = tensor(VoronoiLoss.Of(fitted, truth)) };
    }

    private static SoftmaxGaussianMixture Mixture(GoldenFile file, string prefix, Activation? activation)
    {
        Tensor Of(string name) => file.Param(prefix + name);
        return new(Of("beta0"), Of("beta1"), Of("tau"), Of("a"), Of("b"), Of("nu"), activation);
    }

    private static Activation ActivationOf(GoldenFile file) => file.Config.Text("activation") switch
    {
        "tanh" => Activation.Tanh,
        "sigmoid" => Activation.Sigmoid,
        "gelu" => Activation.Gelu,
        var other => throw new FrugalException($"{file.Path} asks for a gate with the activation '{other}'; there are tanh, sigmoid and gelu."),
    };
}

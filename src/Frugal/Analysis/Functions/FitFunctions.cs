using Frugal.Catalogue;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Native;
using Frugal.Recipes;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Adam = Frugal.Training.Optimizers.Adam;
using Module = TorchSharp.torch.nn.Module;
using Sequential = TorchSharp.Modules.Sequential;

namespace Frugal.Analysis;

/// <summary>
/// Fits four functions on the square [-1, 1]² with small Kolmogorov-Arnold networks of two layers, of one family or of several that the nodes choose among halfway (Yang et al. 2024, S-KAN). The model stays as it is: the
/// question is about the functions on edges.
/// </summary>
/// <remarks>
/// Measures <c>log-error</c>, the mean over the functions of the decimal logarithm of the error on points that were not trained on, as a part of the function's standard deviation; <c>log-error-1</c> to
/// <c>log-error-4</c> for each; and <c>kan-parameters</c> of a network in the end.
/// </remarks>
[Entry("fit-functions", Paper = "s-kan")]
public sealed class FitFunctions : Step
{
    private const int Training = 500, Test = 1000;
    private const double SplineStd = 0.02;

    /// <summary>The families of the layers; with one there is nothing to choose.</summary>
    [Shorthand]
    public IReadOnlyList<KanFamily> Pool { get; init; } = [KanFamily.Bspline, KanFamily.Rbf, KanFamily.Chebyshev, KanFamily.Wavelet];

    /// <summary>How nodes choose after half of the updates.</summary>
    public KanSelectionRule Rule { get; init; } = KanSelectionRule.Fit;

    /// <summary>Nodes between the two layers.</summary>
    [Range(1, 1000)]
    public long Hidden { get; init => field = Guard.Between(value, 1, 1000); } = 5;

    /// <summary>Updates, each on all 500 points.</summary>
    [Range(2, 1_000_000)]
    public int Updates { get; init => field = Guard.Between(value, 2, 1_000_000); } = 700;

    /// <summary>Learning rate of Adam.</summary>
    [Range(0, 1, AboveLow = true)]
    public double Lr { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 0.01;

    /// <inheritdoc/>
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var stream = new KeptRandomState();
        double sum = 0;
        for (int i = 0; i < PlaneFunctions.Count; i++)
        {
            using var scope = NewDisposeScope();
            using var generator = subject.Random.TorchAt("fit-functions-points", i);
            var points = rand([Training + Test, 2], generator: generator) * 2 - 1;
            var values = PlaneFunctions.Of(i, points);
            subject.Random.SeedTorch("fit-functions", i);
            using var network = Sequential(("first", new KanLinear(2, Hidden, Pool)), ("second", new KanLinear(Hidden, 1, Pool)));
            Soften(network);
            Fit(network, points.narrow(0, 0, Training), values.narrow(0, 0, Training), subject);
            double error = ErrorOf(network, points.narrow(0, Training, Test), values.narrow(0, Training, Test));
            subject.Metrics[$"log-error-{i + 1}"] = error;
            subject.Metrics["kan-parameters"] = network.parameters().Sum(parameter => parameter.numel());
            sum += error;
        }
        subject.Metrics["log-error"] = sum / PlaneFunctions.Count;
        return subject;
    }

    private void Fit(Sequential network, Tensor points, Tensor values, Subject subject)
    {
        using var rule = new Adam { Lr = Lr }.Start([new([.. network.named_parameters().Select(own => (own.name, (Tensor)own.parameter))])]);
        for (int update = 0; update < Updates; update++)
        {
            subject.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            if (update == Updates / 2 && Pool.Count > 1)
                Choose(network, points);
            rule.ZeroGradients();
            functional.mse_loss(network.call(points), values).backward();
            rule.Step(Lr);
        }
        if (Pool.Count > 1)
            ModuleSurgery.ReplaceAll(network, [.. network.named_children().Select(layer => (layer.name, (Module)((KanLayer)layer.module).Pruned()))]);
    }

    // Both layers by what they are given as they are now.
    private void Choose(Sequential network, Tensor points)
    {
        using var mode = no_grad();
        var layers = network.children().Cast<KanLayer>().ToList();
        var choices = new List<KanSelection>();
        foreach (var layer in layers)
        {
            choices.Add(layer.Choose(Rule, points));
            points = layer.call(points);
        }
        foreach (var (layer, choice) in layers.Zip(choices))
            layer.Select(choice);
    }

    private static double ErrorOf(Sequential network, Tensor points, Tensor values)
    {
        using var mode = no_grad();
        network.eval();
        return Math.Log10(((network.call(points) - values).square().mean().sqrt() / values.std(unbiased: false)).ToDouble());
    }

    // Normal numbers in place of splines through noise, as the small study of these functions has them.
    private static void Soften(Sequential network)
    {
        using var mode = no_grad();
        foreach (var (name, parameter) in network.named_parameters())
            if (name.EndsWith("bspline", StringComparison.Ordinal))
                parameter.normal_(0, SplineStd);
    }
}

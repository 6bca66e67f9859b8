using Frugal.Catalogue;
using Frugal.Layers.Experts;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Analysis.MixtureEstimation;

/// <summary>
/// Measures how fast the temperature of a gate is learned from data (Nguyen et al. 2024): draws examples from a mixture of two experts with that gate, fits it by maximum likelihood from near the truth or from groups of the data, and follows
/// the error over growing numbers of examples. The model stays as it is: the question is about the gate as such.
/// </summary>
/// <remarks>
/// Measures <c>temperature-error</c>, <c>ratio-error</c> (of β₁ ÷ τ) and <c>expert-error</c> at the largest number of examples, each a mean over the repetitions, and <c>temperature-slope</c>, <c>ratio-slope</c> and
/// <c>expert-slope</c>, of the logarithm of the mean error over that of the number of examples: −0.5 is the usual rate, 0 means that data do not help.
/// </remarks>
[Entry("gate-estimation", Paper = "softmax-gaussian-moe")]
[Capabilities(CombinesWith = ["upcycle"])]
public sealed class GateEstimation : Step
{
    private const double StartDeviation = 0.2;
    private const int StartRounds = 50;

    private readonly IReadOnlyList<int> sizes = [300, 1000, 3000, 10_000];

    /// <summary>The gate: <c>temperature</c> for the linear one, <c>activation</c> for that with an activation within; <c>linear</c> has no temperature to learn.</summary>
    [Shorthand]
    public GateForm Gate { get; init; } = GateForm.Temperature;

    /// <summary>The activation of that gate.</summary>
    public Layers.Activation Activation { get; init; } = Layers.Activation.Tanh;

    /// <summary>Numbers of examples, growing; slopes need two or more.</summary>
    public IReadOnlyList<int> Sizes
    {
        get => sizes;
        init => sizes = value.Count > 0 && value.All(size => size > 10) && value.Zip(value.Skip(1)).All(pair => pair.First < pair.Second)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Sizes), value, "Sizes must be one or more growing numbers above 10");
    }

    /// <summary>Data sets of each size.</summary>
    [Range(1, 10_000)]
    public int Repetitions { get; init => field = Guard.Between(value, 1, 10_000); } = 12;

    /// <summary>True to begin from groups of the data that a few rounds of expectation maximisation better, as one must where nothing is known of the truth; otherwise from near the truth.</summary>
    public bool StartsFromData { get; init; }

    /// <inheritdoc/>
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">The gate has no temperature.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (Gate == GateForm.Linear)
            throw new FrugalException("gate-estimation follows the temperature of a gate, and a linear gate has none: choose temperature or activation");
        var errors = new List<(double Temperature, double Ratio, double Expert)>();
        foreach (int size in Sizes)
        {
            var runs = Enumerable.Range(0, Repetitions).Select(run => Error(subject.Random, size, run)).ToList();
            errors.Add((runs.Average(run => run.Temperature), runs.Average(run => run.Ratio), runs.Average(run => run.Expert)));
            subject.Cancellation.ThrowIfCancellationRequested();
        }
        foreach (var (name, of) in new (string, Func<(double Temperature, double Ratio, double Expert), double>)[]
            { ("temperature", error => error.Temperature), ("ratio", error => error.Ratio), ("expert", error => error.Expert) })
        {
            subject.Metrics[$"{name}-error"] = of(errors[^1]);
            if (errors.Count > 1)
                subject.Metrics[$"{name}-slope"] = Slope([.. errors.Select(of)]);
        }
        return subject;
    }

    private (double Temperature, double Ratio, double Expert) Error(RandomStreams random, int size, int run)
    {
        using var scope = NewDisposeScope();
        using var generator = random.TorchAt("gate-estimation", size, run);
        var truth = new SoftmaxGaussianMixture(
            Values(0.4, 0), Values(1.5, 0).view(2, 1), tensor(0.8), Values(2, -1).view(2, 1), Values(0, 0.5), Values(0.25, 0.36), Gate == GateForm.Activation ? Activation : null);
        var x = rand([size, 1], float64, generator: generator) * 6 - 3;
        var y = truth.Sample(x, generator);
        var start = StartsFromData ? Found(truth, x, y, generator) : Near(truth, generator);
        var fitted = MaximumLikelihood.Fit(start, x, y, fixesLastWeights: true);
        return (
            (fitted.Tau - truth.Tau).abs().item<double>(), (fitted.Beta1[0] / fitted.Tau - truth.Beta1[0] / truth.Tau).abs().item<double>(),
            ((fitted.A - truth.A).abs().mean() + (fitted.B - truth.B).abs().mean()).item<double>() / 2);
    }

    private static SoftmaxGaussianMixture Near(SoftmaxGaussianMixture truth, Generator generator)
    {
        Tensor Moved(Tensor value) => value + StartDeviation * randn(value.shape, float64, generator: generator);
        Tensor Scaled(Tensor value) => value * (StartDeviation * randn(value.shape, float64, generator: generator)).exp();
        // The last expert's gate is 0 in truth and stays so: a softmax knows differences only.
        Tensor isFree = Values(1, 0);
        return truth with
        {
            Beta0 = Moved(truth.Beta0) * isFree,
            Beta1 = Moved(truth.Beta1) * isFree.unsqueeze(1),
            Tau = Scaled(truth.Tau),
            A = Moved(truth.A),
            B = Moved(truth.B),
            Nu = Scaled(truth.Nu),
        };
    }

    // In the order of the truth's experts, whose slopes fall, and with the last one's gate at 0, as there.
    private static SoftmaxGaussianMixture Found(SoftmaxGaussianMixture truth, Tensor x, Tensor y, Generator generator)
    {
        var found = new ExpectationMaximization { MaxRounds = StartRounds }.Fit(MixtureStart.Of(x, y, 2, generator, truth.Activation), x, y);
        bool isReversed = found.A[0].item<double>() < found.A[1].item<double>();
        Tensor InOrder(Tensor values) => isReversed ? values.flip(0) : values;
        var (beta0, beta1) = (InOrder(found.Beta0), InOrder(found.Beta1));
        return found with { Beta0 = beta0 - beta0[1], Beta1 = beta1 - beta1[1], A = InOrder(found.A), B = InOrder(found.B), Nu = InOrder(found.Nu) };
    }

    private double Slope(double[] errors)
    {
        double[] x = [.. Sizes.Select(size => Math.Log(size))], y = [.. errors.Select(error => Math.Log(Math.Max(error, double.Epsilon)))];
        double meanX = x.Average(), meanY = y.Average();
        return x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
    }

    private static Tensor Values(params double[] values) => tensor(values);
}

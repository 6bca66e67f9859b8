using System.Diagnostics;
using Frugal.Catalogue;
using Frugal.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Analysis;

/// <summary>
/// Measures how well, and how fast, a chain of thin products gives the gradient of an attention head with random inputs of a given size (Hu et al. 2025). The model stays as it is: the question is about
/// attention as such.
/// </summary>
/// <remarks>Measures <c>gradient-error</c> (largest difference over largest entry), <c>num-features</c>, and <c>exact-time</c> and <c>chained-time</c> in milliseconds, each the fastest of three.</remarks>
[Entry("attention-gradient", Paper = "lora-limits")]
public sealed class AttentionGradient : Step
{
    private const int Rounds = 3;

    /// <summary>Tokens, L.</summary>
    [Range(2, 65_536)]
    public long Length { get; init => field = Guard.Between(value, 2, 65_536); } = 256;

    /// <summary>Width of the head, d.</summary>
    [Range(1, 64)]
    public long Dim { get; init => field = Guard.Between(value, 1, 64); } = 4;

    /// <summary>Largest entry Γ of the queries after the weight, and of the keys.</summary>
    [Range(0, 1000, AboveLow = true)]
    public double Gamma { get; init => field = Guard.Positive(Guard.Between(value, 0, 1000)); } = 0.75;

    /// <summary>Half the degree of the polynomial, which must be even: g = 2 · this.</summary>
    [Range(0, 16)]
    public int HalfDegree { get; init => field = Guard.Between(value, 0, 16); } = 2;

    /// <inheritdoc/>
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        var (head, weight) = Draw(subject.Random);
        var (exact, exactTime) = Timed(() => ExactHeadGradient.Of(head, weight).Weight);
        var (chained, chainedTime) = Timed(() => ChainedHeadGradient.Of(head, weight, 2 * HalfDegree).Weight);
        subject.Metrics["gradient-error"] = ((chained - exact).abs().max() / exact.abs().max()).ToDouble();
        subject.Metrics["num-features"] = PolynomialFeatures.Count(Dim, 2 * HalfDegree);
        subject.Metrics["exact-time"] = exactTime;
        subject.Metrics["chained-time"] = chainedTime;
        return subject;
    }

    private (HeadInputs Head, Tensor Weight) Draw(RandomStreams random)
    {
        using var generator = random.TorchAt("attention-gradient", Length, Dim);
        Tensor Normal(long rows) => randn([rows, Dim], float64, generator: generator);
        Tensor c1 = Normal(Length), c2 = Normal(Length), c3 = Normal(Length), target = Normal(Length), weight = Normal(Dim);
        return (new(c1 * (Gamma / c1.matmul(weight).abs().max()), c2 * (Gamma / c2.abs().max()), c3, target), weight);
    }

    private static (Tensor Value, double Milliseconds) Timed(Func<Tensor> compute)
    {
        Tensor? value = null;
        double best = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
        {
            using var scope = NewDisposeScope();
            long start = Stopwatch.GetTimestamp();
            value = compute();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            value.MoveToOuterDisposeScope();
        }
        return (value!, best);
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Layers;

/// <summary>
/// Universal random features of an activation f with Fourier transform τ (Sehanobish et al. 2024, section 3): <c>f(wᵀx + b) ≈ Re Σ_j Φ(x)_j Ψ(w, b)_j</c>, unbiased, bilinear and without conjugation. Complex
/// numbers are pairs of tensors.
/// </summary>
/// <remarks>
/// With a_j = 2πi ξ_j the factors are <c>Λ(v; a, g) = (1+4M)^{d/4} exp(√(1+4M) a gᵀv - a²‖v‖²/2 - M‖g‖²)</c>. The input's exponent grows with ‖x‖², so inputs should be short.
/// </remarks>
public sealed class UniversalFeatures
{
    private readonly Tensor projection, frequencies;
    private readonly double variance;

    /// <param name="projection">G, <c>[features, dim]</c>.</param>
    /// <param name="frequencies">ξ, <c>[features]</c>, drawn from a density p.</param>
    /// <param name="variance">M, at least 0: 0 is the plain feature, 0.05 to 0.2 lowers the variance.</param>
    public UniversalFeatures(Tensor projection, Tensor frequencies, double variance = 0) =>
        (this.projection, this.frequencies, this.variance) = (projection, frequencies, Guard.NotNegative(variance, nameof(variance)));

    /// <summary>Φ(x), real and imaginary part, <c>[rows, features]</c>.</summary>
    /// <param name="inputs"><c>[rows, dim]</c>.</param>
    public (Tensor Real, Tensor Imaginary) OfInputs(Tensor inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        using var scope = NewDisposeScope();
        // -a²/2 = 2π²ξ² for a = 2πi ξ.
        var angular = 2 * Math.PI * frequencies;
        var size = Scale(inputs) * (angular.square() / 2 * SquaredLengths(inputs)).exp();
        var phase = Math.Sqrt(1 + 4 * variance) * angular * inputs.matmul(projection.t());
        return ((size * phase.cos()).MoveToOuterDisposeScope(), (size * phase.sin()).MoveToOuterDisposeScope());
    }

    /// <summary>Ψ(w, b) without the coefficient τ/p, real and imaginary part, <c>[outputs, features]</c>.</summary>
    /// <param name="weights"><c>[outputs, dim]</c>.</param>
    /// <param name="bias"><c>[outputs]</c>, or null for none.</param>
    public (Tensor Real, Tensor Imaginary) OfWeights(Tensor weights, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using var scope = NewDisposeScope();
        var size = Scale(weights) * (Math.Sqrt(1 + 4 * variance) * weights.matmul(projection.t()) - SquaredLengths(weights) / 2).exp();
        var phase = bias is null ? zeros_like(size) : 2 * Math.PI * frequencies * bias.unsqueeze(1);
        return ((size * phase.cos()).MoveToOuterDisposeScope(), (size * phase.sin()).MoveToOuterDisposeScope());
    }

    /// <summary>The estimate of f, <c>[rows, outputs]</c>.</summary>
    /// <param name="inputs"><c>[rows, dim]</c>.</param>
    /// <param name="weights"><c>[outputs, dim]</c>.</param>
    /// <param name="bias"><c>[outputs]</c>, or null for none.</param>
    /// <param name="coefficient">τ(ξ)/p(ξ), real and imaginary part, each <c>[features]</c>.</param>
    public Tensor Estimate(Tensor inputs, Tensor weights, Tensor? bias, (Tensor Real, Tensor Imaginary) coefficient)
    {
        using var scope = NewDisposeScope();
        var (inputReal, inputImaginary) = OfInputs(inputs);
        var (weightReal, weightImaginary) = OfWeights(weights, bias);
        Tensor real = weightReal * coefficient.Real - weightImaginary * coefficient.Imaginary, imaginary = weightReal * coefficient.Imaginary + weightImaginary * coefficient.Real;
        return (inputReal.matmul(real.t()) - inputImaginary.matmul(imaginary.t())).MoveToOuterDisposeScope();
    }

    /// <summary>The estimate of <c>cos(wᵀx + b)</c>, for frequencies ±1/2π with probability ½ each.</summary>
    public Tensor Cosine(Tensor inputs, Tensor weights, Tensor? bias) => Estimate(inputs, weights, bias, (ones_like(frequencies), zeros_like(frequencies)));

    /// <summary>The estimate of <c>sin(wᵀx + b)</c>, for the same frequencies: the coefficient is -i at +1/2π and +i at -1/2π.</summary>
    public Tensor Sine(Tensor inputs, Tensor weights, Tensor? bias) => Estimate(inputs, weights, bias, (zeros_like(frequencies), -frequencies.sign()));

    /// <summary>Features of the exponential, a = 1: products of those of inputs and weights estimate <c>exp(wᵀx)</c>. <c>[rows, features]</c>.</summary>
    /// <param name="rows"><c>[rows, dim]</c>, inputs or weights.</param>
    public Tensor OfExponential(Tensor rows) => OfWeights(rows, null).Real;

    /// <summary>The frequencies of cosine and sine, ±1/2π with probability ½ each, <c>[features]</c>.</summary>
    public static Tensor TrigonometricFrequencies(long features, Generator generator)
    {
        using var scope = NewDisposeScope();
        return ((randint(0, 2, [features], float64, generator: generator) * 2 - 1) / (2 * Math.PI)).MoveToOuterDisposeScope();
    }

    /// <summary>Frequencies and coefficients for any activation, from its Fourier transform: Gaussian ones of standard deviation s/2π, weighted by τ/p.</summary>
    /// <param name="transform">τ(ξ), real and imaginary part; an activation without an integrable transform must be multiplied by a wide Gaussian window first.</param>
    /// <param name="features">How many.</param>
    /// <param name="spread">s, above 0.</param>
    /// <param name="generator">Where the numbers come from.</param>
    public static (Tensor Frequencies, (Tensor Real, Tensor Imaginary) Coefficient) Sample(Func<double, (double Real, double Imaginary)> transform, long features, double spread, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(transform);
        double deviation = Guard.Positive(spread, nameof(spread)) / (2 * Math.PI);
        using var scope = NewDisposeScope();
        double[] drawn = [.. (randn([features], float64, generator: generator) * deviation).data<double>()];
        var values = Array.ConvertAll(drawn, frequency =>
        {
            double density = Math.Exp(-frequency * frequency / (2 * deviation * deviation)) / (deviation * Math.Sqrt(2 * Math.PI));
            var (real, imaginary) = transform(frequency);
            return (Real: real / density, Imaginary: imaginary / density);
        });
        return (tensor(drawn, float64).MoveToOuterDisposeScope(),
            (tensor(Array.ConvertAll(values, value => value.Real), float64).MoveToOuterDisposeScope(), tensor(Array.ConvertAll(values, value => value.Imaginary), float64).MoveToOuterDisposeScope()));
    }

    // (1+4M)^{d/4} exp(-M‖g‖²) / √m, [features].
    private Tensor Scale(Tensor rows) =>
        (-variance * projection.square().sum(1)).exp() * (Math.Pow(1 + 4 * variance, rows.shape[1] / 4.0) / Math.Sqrt(projection.shape[0]));

    private static Tensor SquaredLengths(Tensor rows) => rows.square().sum(1, keepdim: true);
}

using Frugal.Layers;
using static TorchSharp.torch;

namespace Frugal.Analysis.MixtureEstimation;

/// <summary>
/// A mixture of k linear experts with Gaussian noise and a softmax gate with a temperature (Nguyen et al. 2024, arXiv 2401.13875): <c>p(y|x) = Σ πᵢ(x) N(y | aᵢᵀx + bᵢ, νᵢ)</c> for <c>x</c> of width d and a number
/// <c>y</c>. Double precision throughout.
/// </summary>
/// <param name="Beta0">Biases of the gate, <c>[k]</c>; they are divided by the temperature too.</param>
/// <param name="Beta1">Weights of the gate, <c>[k, d]</c>.</param>
/// <param name="Tau">Temperature τ above 0, a scalar.</param>
/// <param name="A">Slopes of the experts, <c>[k, d]</c>.</param>
/// <param name="B">Their intercepts, <c>[k]</c>.</param>
/// <param name="Nu">Variances of their noise, above 0, <c>[k]</c>.</param>
/// <param name="Activation">σ of the activation gate <c>softmax((σ(β₁ᵀx) + β₀) / τ)</c>; null for the linear one <c>softmax((β₁ᵀx + β₀) / τ)</c>.</param>
public sealed record SoftmaxGaussianMixture(Tensor Beta0, Tensor Beta1, Tensor Tau, Tensor A, Tensor B, Tensor Nu, Activation? Activation)
{
    /// <summary>Number of experts k.</summary>
    public long NumExperts => Beta0.shape[0];

    /// <summary>Logarithms of the mixing weights, <c>[n, k]</c>.</summary>
    /// <param name="x"><c>[n, d]</c>.</param>
    public Tensor LogGate(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scope = NewDisposeScope();
        return ((Activated(x.matmul(Beta1.t())) + Beta0) / Tau).log_softmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Logarithms of each expert's density, without its mixing weight, <c>[n, k]</c>.</summary>
    /// <param name="x"><c>[n, d]</c>.</param>
    /// <param name="y"><c>[n]</c>.</param>
    public Tensor LogExperts(Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        using var scope = NewDisposeScope();
        return LogNormal(y.unsqueeze(1) - x.matmul(A.t()) - B, Nu).MoveToOuterDisposeScope();
    }

    /// <summary>Logarithm of the density, <c>[n]</c>.</summary>
    /// <inheritdoc cref="LogExperts"/>
    public Tensor LogDensity(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        return (LogGate(x) + LogExperts(x, y)).logsumexp(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Mean negative log-likelihood, a scalar.</summary>
    /// <inheritdoc cref="LogExperts"/>
    public Tensor Loss(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        return (-LogDensity(x, y).mean()).MoveToOuterDisposeScope();
    }

    /// <summary>Which expert each example is of, given what was seen, <c>[n, k]</c>: rows add up to 1.</summary>
    /// <inheritdoc cref="LogExperts"/>
    public Tensor Responsibilities(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        return (LogGate(x) + LogExperts(x, y)).softmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Examples of the mixture.</summary>
    /// <param name="x"><c>[n, d]</c>.</param>
    /// <param name="generator">Where the numbers come from.</param>
    public Tensor Sample(Tensor x, Generator generator)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scope = NewDisposeScope();
        var expert = LogGate(x).exp().multinomial(1, generator: generator);
        var mean = (x.matmul(A.t()) + B).gather(1, expert).squeeze(1);
        return (mean + Nu.sqrt().index_select(0, expert.squeeze(1)) * randn([x.shape[0]], float64, generator: generator)).MoveToOuterDisposeScope();
    }

    /// <summary>The same, with parameters that gradients are asked for, in the order β₀, β₁, τ, a, b, ν.</summary>
    public SoftmaxGaussianMixture AsLeaves() => new(Leaf(Beta0), Leaf(Beta1), Leaf(Tau), Leaf(A), Leaf(B), Leaf(Nu), Activation);

    /// <summary>The parameters by their names in the paper.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters => [("beta0", Beta0), ("beta1", Beta1), ("tau", Tau), ("a", A), ("b", B), ("nu", Nu)];

    /// <summary>σ, or the same for a linear gate.</summary>
    internal Tensor Activated(Tensor scores)
    {
        if (Activation is not { } activation)
            return scores;
        using var layer = ActivationLayer.Of(activation);
        return layer.call(scores);
    }

    internal static Tensor LogNormal(Tensor difference, Tensor variance) => -0.5 * (difference.square() / variance + variance.log() + Math.Log(2 * Math.PI));

    private static Tensor Leaf(Tensor value) => value.detach().clone().requires_grad_();
}

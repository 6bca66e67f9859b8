using static TorchSharp.torch;

namespace Frugal.Analysis.MixtureEstimation;

/// <summary>
/// How the parameters of gate and experts act on each other in <c>u = exp(gate / τ) N(y | aᵀx + b, ν)</c> (Nguyen et al. 2024, section 2): three differential equations, of which the first and the third hold for
/// the linear gate alone. Where they hold, a change of the temperature cannot be told from one of the gate's weights, nor one of both from one of the slopes.
/// </summary>
/// <param name="Temperature"><c>∂u/∂τ + β₁ᵀ ∂u/∂β₁ / τ</c>, <c>[n, k]</c>.</param>
/// <param name="Scale"><c>∂²u/∂b² − 2 ∂u/∂ν</c>, <c>[n, k]</c>: zero for both gates.</param>
/// <param name="Slope"><c>∂²u/∂β₁∂b − ∂u/∂a / τ</c>, <c>[n, k, d]</c>.</param>
public sealed record GateInteractions(Tensor Temperature, Tensor Scale, Tensor Slope)
{
    /// <summary>By automatic differentiation, at each example for each expert.</summary>
    /// <param name="mixture">The mixture; its β₀ takes no part.</param>
    /// <param name="x"><c>[n, d]</c>.</param>
    /// <param name="y"><c>[n]</c>.</param>
    public static GateInteractions Of(SoftmaxGaussianMixture mixture, Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(mixture);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        using var scope = NewDisposeScope();
        long n = x.shape[0], k = mixture.NumExperts, d = x.shape[1];
        // A copy of the parameters for each example, so that one backward pass gives the derivatives at all of them.
        Tensor beta = Leaf(mixture.Beta1, n, k, d), slope = Leaf(mixture.A, n, k, d), tau = Leaf(mixture.Tau, n, k), intercept = Leaf(mixture.B, n, k), variance = Leaf(mixture.Nu, n, k);
        var wide = x.unsqueeze(1);
        var score = mixture.Activated((wide * beta).sum(-1)) / tau;
        var u = (score + SoftmaxGaussianMixture.LogNormal(y.unsqueeze(1) - (wide * slope).sum(-1) - intercept, variance)).exp();
        var first = autograd.grad([u.sum()], [beta, tau, slope, intercept, variance], retain_graph: true, create_graph: true);
        var second = autograd.grad([first[3].sum()], [beta, intercept]);
        return new(
            (first[1] + (beta * first[0]).sum(-1) / tau).detach().MoveToOuterDisposeScope(),
            (second[1] - 2 * first[4]).detach().MoveToOuterDisposeScope(),
            (second[0] - first[2] / tau.unsqueeze(-1)).detach().MoveToOuterDisposeScope());
    }

    private static Tensor Leaf(Tensor value, params long[] shape) => value.detach().expand(shape).clone().requires_grad_();
}

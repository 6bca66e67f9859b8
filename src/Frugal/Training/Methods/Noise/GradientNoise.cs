using Frugal.Catalogue;
using Frugal.Training.Optimizers;
using static TorchSharp.torch;

namespace Frugal.Training.Methods.Noise;

/// <summary>
/// Adds Gaussian noise of decaying variance to every gradient (Neelakantan et al., 2015, arXiv 1511.06807): <c>g + sigma_t n</c> with <c>sigma_t^2 = eta / (1 + t)^gamma</c>.
/// Lets deep plain networks leave a bad start, even one of zeros.
/// </summary>
/// <remarks>
/// The noise is absolute: compare <see cref="Eta"/> with the scale of the gradients, above all under Adam, whose second moment takes the noise in. A gradient that is present but zero receives noise,
/// which is what breaks the symmetry of a zero start; a parameter without gradient receives none. The counter t is the number of the update.
/// </remarks>
[Entry("gradient-noise", Paper = "gradient-noise")]
[Capabilities(CombinesWith = ["gradual-pruning", "lamb"])]
public sealed class GradientNoise : TrainingMethod
{
    /// <summary>Variance η of the noise at the first update: not its standard deviation. The paper chooses among 0.01, 0.3 and 1.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Eta { get; init => field = Guard.NotNegative(value); } = 0.01;

    /// <summary>Exponent γ of the variance's decay.</summary>
    [Range(0, double.PositiveInfinity)]
    public double Gamma { get; init => field = Guard.NotNegative(value); } = 0.55;

    /// <summary>How the variance moves.</summary>
    public NoiseSchedule Schedule { get; init; } = NoiseSchedule.Annealed;

    /// <summary>Whether the training's clipping comes before the noise. Clipping inside the optimiser, as LAMB has it, always comes after.</summary>
    public NoiseOrder Order { get; init; } = NoiseOrder.ClipThenNoise;

    /// <inheritdoc/>
    public override Phase Phase => Phase.Gradient;

    /// <summary>Standard deviation of the noise at an update.</summary>
    /// <param name="update">Number of the update, from 0.</param>
    public double Sigma(long update) => Schedule switch
    {
        NoiseSchedule.Annealed => Math.Sqrt(Eta / Math.Pow(1 + update, Gamma)),
        NoiseSchedule.Fixed => Math.Sqrt(Eta),
        _ => 0,
    };

    /// <inheritdoc/>
    public override void OnBackward(Fit fit)
    {
        if (Order == NoiseOrder.NoiseThenClip)
            AddNoise(fit);
    }

    /// <inheritdoc/>
    public override void OnGradients(Fit fit)
    {
        if (Order == NoiseOrder.ClipThenNoise)
            AddNoise(fit);
    }

    /// <summary>Adds unit noise, times a standard deviation, to every gradient.</summary>
    /// <param name="groups">The parameters; those without a gradient are passed over.</param>
    /// <param name="sigma">Standard deviation.</param>
    /// <param name="draw">Gives unit normal numbers of a gradient's shape, type and device, by the parameter's name.</param>
    public static void Add(IReadOnlyList<ParameterGroup> groups, double sigma, Func<string, Tensor, Tensor> draw)
    {
        if (sigma == 0)
            return;
        using var frozen = no_grad();
        foreach (var (name, _, gradient) in Gradients.Of(groups))
        {
            using var scope = NewDisposeScope();
            gradient.add_(draw(name, gradient), alpha: sigma);
        }
    }

    private void AddNoise(Fit fit)
    {
        using var generator = fit.TorchRandomAt("gradient-noise");
        Add(fit.Optimizer.Groups, Sigma(fit.Update), (_, gradient) =>
            randn(gradient.shape, gradient.dtype, CPU, generator: generator).to(gradient.device));
    }

    /// <inheritdoc/>
    public override MethodState Save() => MethodState.None;

    /// <inheritdoc/>
    public override void Load(MethodState state) { }
}

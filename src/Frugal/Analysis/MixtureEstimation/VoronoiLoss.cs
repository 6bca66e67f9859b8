using static TorchSharp.torch;

namespace Frugal.Analysis.MixtureEstimation;

/// <summary>How far a fitted mixture is from the true one (Nguyen et al. 2024, D₁): each fitted expert belongs to the nearest true one, and counts with its weight; where several share one, distances are squared.</summary>
public static class VoronoiLoss
{
    /// <summary>The true expert that is nearest to each fitted one in (β₁, τ, a, b, ν), <c>[fitted]</c>; of equally near ones the first.</summary>
    public static IReadOnlyList<int> Cells(SoftmaxGaussianMixture fitted, SoftmaxGaussianMixture truth)
    {
        ArgumentNullException.ThrowIfNull(fitted);
        ArgumentNullException.ThrowIfNull(truth);
        using var scope = NewDisposeScope();
        var (left, right) = (Atoms(fitted), Atoms(truth));
        return [.. (left.unsqueeze(1) - right.unsqueeze(0)).square().sum(-1).argmin(1).data<long>().Select(cell => (int)cell)];
    }

    /// <summary>D₁, 0 for equal mixtures in any order.</summary>
    public static double Of(SoftmaxGaussianMixture fitted, SoftmaxGaussianMixture truth)
    {
        var cells = Cells(fitted, truth);
        using var scope = NewDisposeScope();
        double[] masses = Masses(fitted), trueMasses = Masses(truth);
        double loss = 0;
        for (int cell = 0; cell < trueMasses.Length; cell++)
        {
            var members = Enumerable.Range(0, cells.Count).Where(expert => cells[expert] == cell).ToList();
            loss += Math.Abs(members.Sum(expert => masses[expert]) - trueMasses[cell]);
            int power = members.Count > 1 ? 2 : 1;
            foreach (int expert in members)
                loss += masses[expert] * Distances(fitted, expert, truth, cell).Sum(distance => Math.Pow(distance, power));
        }
        return loss;
    }

    private static Tensor Atoms(SoftmaxGaussianMixture mixture) =>
        cat([mixture.Beta1, mixture.Tau.expand(mixture.NumExperts).unsqueeze(1), mixture.A, mixture.B.unsqueeze(1), mixture.Nu.unsqueeze(1)], 1);

    private static double[] Masses(SoftmaxGaussianMixture mixture) => [.. (mixture.Beta0 / mixture.Tau).exp().data<double>()];

    private static IEnumerable<double> Distances(SoftmaxGaussianMixture fitted, int expert, SoftmaxGaussianMixture truth, int cell) =>
    [
        (fitted.Beta1[expert] - truth.Beta1[cell]).square().sum().sqrt().item<double>(),
        Math.Abs(fitted.Tau.item<double>() - truth.Tau.item<double>()),
        (fitted.A[expert] - truth.A[cell]).square().sum().sqrt().item<double>(),
        Math.Abs(fitted.B[expert].item<double>() - truth.B[cell].item<double>()),
        Math.Abs(fitted.Nu[expert].item<double>() - truth.Nu[cell].item<double>()),
    ];
}

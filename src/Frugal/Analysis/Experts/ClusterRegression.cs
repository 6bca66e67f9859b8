using Frugal.Catalogue;
using Frugal.Layers.Experts;
using Frugal.Native;
using Frugal.Recipes;
using Frugal.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Adam = Frugal.Training.Optimizers.Adam;

namespace Frugal.Analysis;

/// <summary>
/// Trains a feed-forward block or a mixture of experts on points of sixteen clusters, whose answers are one map for all plus a map of each cluster's own: <c>y = tanh(A₀ x) + A_c e</c> for <c>x = μ_c + e</c>. A question
/// about layers, for which the model stays as it is.
/// </summary>
/// <remarks>Measures <c>regression-error</c>, the mean squared error on points that it was not trained on, and <c>regression-parameters</c>.</remarks>
[Entry("cluster-regression", Paper = "deepspeed-moe")]
public sealed class ClusterRegression : Step
{
    private const int Dim = 16, Clusters = 16, BatchSize = 256, TestPoints = 4096;
    private const double Spread = 2;

    /// <summary>What learns.</summary>
    [Shorthand]
    public RegressionForm Form { get; init; } = RegressionForm.Residual;

    /// <summary>Number of experts, where there are any.</summary>
    [Range(1, 4096)]
    public int Experts { get; init => field = Guard.Between(value, 1, 4096); } = 8;

    /// <summary>Width between the layers of the block or of an expert.</summary>
    [Range(1, 65_536)]
    public int HiddenDim { get; init => field = Guard.Between(value, 1, 65_536); } = 32;

    /// <summary>Updates, each with 256 new points.</summary>
    [Range(1, 1_000_000)]
    public int Updates { get; init => field = Guard.Between(value, 1, 1_000_000); } = 1500;

    /// <summary>Learning rate of Adam.</summary>
    [Range(0, 1, AboveLow = true)]
    public double Lr { get; init => field = Guard.Positive(Guard.Between(value, 0, 1)); } = 3e-3;

    /// <inheritdoc/>
    public override bool NeedsWeights => false;

    /// <inheritdoc/>
    /// <exception cref="FrugalException">Two experts a token are asked for and there is but one.</exception>
    public override Subject Apply(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        using var scope = NewDisposeScope();
        using var stream = new KeptRandomState();
        using var points = subject.Random.TorchAt("cluster-regression-points");
        var clusters = new PointClusters(points);
        subject.Random.SeedTorch("cluster-regression");
        using var layer = Build();
        Fit(layer, clusters, points, subject);
        layer.eval();
        using var mode = no_grad();
        var (x, y) = clusters.Draw(TestPoints, points);
        subject.Metrics["regression-error"] = functional.mse_loss(layer.call(x), y).item<float>();
        subject.Metrics["regression-parameters"] = layer.parameters().Sum(parameter => parameter.numel());
        return subject;
    }

    private Module<Tensor, Tensor> Build() => Form switch
    {
        RegressionForm.Dense => new Layers.FeedForward(Dim, HiddenDim),
        RegressionForm.Top1 => new MixtureOfExperts(Dim, HiddenDim, Experts, new TopKRouter { K = 1, Weights = ExpertWeights.Probability }),
        RegressionForm.Top2 => new MixtureOfExperts(Dim, HiddenDim, Experts, new TopKRouter { K = 2, Weights = ExpertWeights.NormalizedAfterDropping, BalancesFirst = true }),
        _ => new ResidualMixtureOfExperts(Dim, HiddenDim, Experts),
    };

    private void Fit(Module<Tensor, Tensor> layer, PointClusters clusters, Generator points, Subject subject)
    {
        var auxiliary = new AuxiliaryLosses(layer);
        using var rule = new Adam { Lr = Lr }.Start([new([.. layer.named_parameters().Select(own => (own.name, (Tensor)own.parameter))])]);
        for (int update = 0; update < Updates; update++)
        {
            subject.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (x, y) = clusters.Draw(BatchSize, points);
            rule.ZeroGradients();
            auxiliary.Begin();
            auxiliary.AddTo(functional.mse_loss(layer.call(x), y)).backward();
            rule.Step(Lr);
        }
    }

    private sealed class PointClusters
    {
        private readonly Tensor centres, common, own;

        public PointClusters(Generator generator)
        {
            centres = Spread * randn(Clusters, Dim, generator: generator);
            common = randn(Dim, Dim, generator: generator) / Math.Sqrt(Dim);
            own = randn(Clusters, Dim, Dim, generator: generator) / Math.Sqrt(Dim);
        }

        public (Tensor X, Tensor Y) Draw(int count, Generator generator)
        {
            using var scope = NewDisposeScope();
            var cluster = randint(0, Clusters, [count], int64, generator: generator);
            var around = randn(count, Dim, generator: generator);
            var x = centres.index_select(0, cluster) + around;
            var answer = bmm(own.index_select(0, cluster), around.unsqueeze(2)).squeeze(2);
            return (x.MoveToOuterDisposeScope(), (x.matmul(common.t()).tanh() + answer).MoveToOuterDisposeScope());
        }
    }
}

using Frugal.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Training.Objectives;

public class ObjectiveTests
{
    public static TheoryData<Objective> All => [new CrossEntropy(), new CrossEntropy { Smoothing = 0.1 }, new MeanSquaredError()];

    private static Tensor Logits(long seed, int batch = 6, int classes = 5) => Optimizers.Problem.Normal(seed, batch, classes);

    private static Tensor Labels(int batch = 6, int classes = 5) => tensor([.. Enumerable.Range(0, batch).Select(i => (long)(i * 3 % classes))]);

    [Fact]
    public void Smoothing_equals_soft_targets_made_by_hand()
    {
        using var scope = NewDisposeScope();
        var soft = functional.one_hot(Labels(), 5).to(float64) * 0.9 + 0.1 / 5;
        double smoothed = new CrossEntropy { Smoothing = 0.1 }.Loss(Logits(1), Labels()).ToDouble();
        Assert.Equal(new CrossEntropy().Loss(Logits(1), soft).ToDouble(), smoothed, 1e-12);
    }

    [Fact]
    public void Soft_targets_are_never_smoothed_again()
    {
        using var scope = NewDisposeScope();
        var soft = functional.softmax(Logits(2), 1);
        Assert.Equal(new CrossEntropy().Loss(Logits(1), soft).ToDouble(), new CrossEntropy { Smoothing = 0.3 }.Loss(Logits(1), soft).ToDouble());
    }

    [Fact]
    public void Without_smoothing_it_is_the_mean_of_negative_log_probabilities()
    {
        using var scope = NewDisposeScope();
        double expected = -functional.log_softmax(Logits(1), 1).gather(1, Labels().unsqueeze(1)).mean().ToDouble();
        Assert.Equal(expected, new CrossEntropy().Loss(Logits(1), Labels()).ToDouble(), 1e-12);
    }

    [Fact]
    public void Squared_error_takes_labels_as_one_hot()
    {
        using var scope = NewDisposeScope();
        var oneHot = functional.one_hot(Labels(), 5).to(float64);
        Assert.Equal((Logits(1) - oneHot).pow(2).mean().ToDouble(), new MeanSquaredError().Loss(Logits(1), Labels()).ToDouble(), 1e-12);
    }

    [Theory]
    [MemberData(nameof(All))]
    [Trait("Reliability", "T28")]
    public void Extreme_logits_give_a_finite_loss_and_gradient(Objective objective)
    {
        using var scope = NewDisposeScope();
        Tensor[] cases =
        [
            full([6, 5], 1e4), full([6, 5], -1e4), zeros(6, 5), eye(6, 5) * 1e4, eye(6, 5) * -1e4,
            zeros(1, 5), full([6, 1], 3.0),
        ];
        foreach (var logits in cases)
        {
            logits.requires_grad_();
            var loss = objective.Loss(logits, Labels((int)logits.shape[0], (int)logits.shape[1]));
            loss.backward();
            Assert.True(double.IsFinite(loss.ToDouble()));
            Assert.True(logits.grad!.isfinite().all().item<bool>());
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    [Trait("Reliability", "T29")]
    public void Gradient_agrees_with_differences(Objective objective)
    {
        const double step = 1e-5;
        using var scope = NewDisposeScope();
        var random = new RandomStream(3);
        for (int point = 0; point < 20; point++)
        {
            var logits = Logits(100 + point).requires_grad_();
            objective.Loss(logits, Labels()).backward();
            int row = random.NextInt(6), column = random.NextInt(5);
            double Shifted(double by)
            {
                var moved = logits.detach().clone();
                moved[row, column].add_(by);
                return objective.Loss(moved, Labels()).ToDouble();
            }
            double expected = (Shifted(step) - Shifted(-step)) / (2 * step), actual = logits.grad![row, column].ToDouble();
            Assert.True(Math.Abs(expected - actual) <= 1e-5 * Math.Max(1e-3, Math.Abs(expected)), $"{actual} against {expected}");
        }
    }

    [Fact]
    public void Refuses_targets_that_do_not_fit_with_both_shapes()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<FrugalException>(() => new CrossEntropy().Loss(Logits(1), Labels(4)));
        Assert.Contains("[6, 5]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[4]", error.Message, StringComparison.Ordinal);
        Assert.Throws<FrugalException>(() => new CrossEntropy().Loss(Logits(1), Logits(1, 6, 4)));
        Assert.Throws<FrugalException>(() => new MeanSquaredError().Loss(Logits(1), Logits(1, 6, 4)));
    }

    [Fact]
    public void Refuses_options_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new CrossEntropy { Smoothing = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new CrossEntropy { Smoothing = -0.1 });
    }
}

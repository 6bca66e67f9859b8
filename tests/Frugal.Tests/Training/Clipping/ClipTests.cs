using Frugal.Tests.Training.Optimizers;
using Frugal.Training.Clipping;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Clipping;

public class ClipTests
{
    private static Problem WithGradients(double scale = 1)
    {
        var problem = new Problem(("w", Problem.Normal(1, 4, 3)), ("b", Problem.Normal(2, 4)));
        problem["w"].grad = Problem.Normal(3, 4, 3) * scale;
        problem["b"].grad = Problem.Normal(4, 4) * scale;
        return problem;
    }

    [Fact]
    public void Norm_bounds_all_gradients_together_and_keeps_their_direction()
    {
        using var problem = WithGradients(10);
        new NormClip { Max = 0.5 }.Apply(problem.Groups);
        Assert.Equal(0.5, Gradients.GlobalNorm(problem.Groups), 1e-6);
        var ratio = problem["w"].grad! / (Problem.Normal(3, 4, 3) * 10);
        Assert.True((ratio.max() - ratio.min()).ToDouble() < 1e-12);
    }

    [Fact]
    public void Norm_leaves_short_gradients_alone()
    {
        using var problem = WithGradients(1e-3);
        new NormClip { Max = 0.5 }.Apply(problem.Groups);
        Assert.Equal(0, (problem["w"].grad! - Problem.Normal(3, 4, 3) * 1e-3).abs().max().ToDouble());
    }

    [Fact]
    public void Value_bounds_every_entry()
    {
        using var problem = WithGradients();
        new ValueClip { Max = 0.3 }.Apply(problem.Groups);
        Assert.Equal(0, (problem["w"].grad! - Problem.Normal(3, 4, 3).clamp(-0.3, 0.3)).abs().max().ToDouble());
    }

    public class Adaptively
    {
        [Fact]
        public void Bounds_every_unit_in_proportion_to_its_weights()
        {
            using var problem = WithGradients(10);
            new AdaptiveClip { Factor = 0.02 }.Apply(problem.Groups);
            var bound = problem["w"].detach().norm(1, keepdim: false, p: 2).clamp_min(1e-3) * 0.02;
            Assert.True((problem["w"].grad!.norm(1, keepdim: false, p: 2) - bound).max().ToDouble() < 1e-9);
            Assert.Equal(problem["b"].detach().norm().ToDouble() * 0.02, problem["b"].grad!.norm().ToDouble(), 1e-9);
        }

        [Fact]
        public void Leaves_small_gradients_alone()
        {
            using var problem = WithGradients(1e-5);
            new AdaptiveClip().Apply(problem.Groups);
            Assert.Equal(0, (problem["w"].grad! - Problem.Normal(3, 4, 3) * 1e-5).abs().max().ToDouble());
        }

        [Fact]
        public void Units_without_weights_still_move()
        {
            using var problem = new Problem(("w", zeros(4, 3, float64)));
            problem["w"].grad = Problem.Normal(3, 4, 3);
            new AdaptiveClip { Factor = 0.01 }.Apply(problem.Groups);
            Assert.Equal(1e-5, problem["w"].grad!.norm(1, keepdim: false, p: 2).max().ToDouble(), 1e-12);
        }

        [Fact]
        public void Leaves_the_classifier_alone()
        {
            using var problem = new Problem(("w", Problem.Normal(1, 4, 3)), ("head.weight", Problem.Normal(1, 4, 3)));
            problem["w"].grad = Problem.Normal(3, 4, 3);
            problem["head.weight"].grad = Problem.Normal(3, 4, 3);
            new AdaptiveClip().Apply(problem.Groups, "head");
            Assert.Equal(0, (problem["head.weight"].grad! - Problem.Normal(3, 4, 3)).abs().max().ToDouble());
            Assert.True(problem["w"].grad!.norm().ToDouble() < 0.1);
        }
    }

    [Fact]
    public void Refuses_options_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new NormClip { Max = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ValueClip { Max = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdaptiveClip { Factor = double.PositiveInfinity });
    }
}

using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Optimizers;

public class LarsTests
{
    private static Problem Two() => new(("w", Problem.Normal(1, 4, 3)), ("b", Problem.Normal(2, 4)));

    private static Tensor Gradient(int step, string name) => name == "w" ? Problem.Normal(10 + step, 4, 3) : Problem.Normal(20 + step, 4);

    [Fact]
    public void Step_without_decay_and_momentum_is_a_share_of_the_weights()
    {
        using var problem = new Problem(("w", Problem.Normal(1, 4, 3)));
        problem.Run(new Lars { WeightDecay = 0, Momentum = 0, AlwaysAdapt = true, TrustCoeff = 0.01, Eps = 1e-3 }, 1, Gradient, lr: 2);
        double weights = Problem.Normal(1, 4, 3).norm().ToDouble(), gradient = Gradient(0, "w").norm().ToDouble();
        Assert.Equal(2 * 0.01 * weights * gradient / (gradient + 1e-3), (problem["w"] - Problem.Normal(1, 4, 3)).norm().ToDouble(), 1e-12);
    }

    [Fact]
    public void Trust_clip_keeps_the_effective_rate_at_the_learning_rate()
    {
        using var problem = new Problem(("w", Problem.Normal(1, 4, 3)));
        problem.Run(new Lars { WeightDecay = 0, Momentum = 0, AlwaysAdapt = true, TrustCoeff = 1000, TrustClip = true }, 1, Gradient, lr: 0.1);
        Assert.True(problem.Difference("w", Problem.Normal(1, 4, 3) - 0.1 * Gradient(0, "w")) < 1e-12);
    }

    [Fact]
    public void Tensors_without_decay_are_not_adapted_unless_asked()
    {
        using var plain = Two().Run(new Lars { Momentum = 0 }, 1, Gradient, lr: 0.1);
        using var always = Two().Run(new Lars { Momentum = 0, AlwaysAdapt = true }, 1, Gradient, lr: 0.1);
        Assert.True(plain.Difference("b", Problem.Normal(2, 4) - 0.1 * Gradient(0, "b")) < 1e-14);
        Assert.True(always.Difference("b", plain["b"]) > 1e-3);
    }

    [Fact]
    public void Momentum_holds_the_rescaled_gradient_without_the_learning_rate()
    {
        using var problem = Two();
        using var state = new Lars { WeightDecay = 0.1, TrustCoeff = 0.01 }.Start(problem.Groups);
        problem.Step(state, 0, Gradient, 5);
        double weights = Problem.Normal(1, 4, 3).norm().ToDouble(), gradient = Gradient(0, "w").norm().ToDouble();
        var expected = 0.01 * weights / (gradient + 0.1 * weights + 1e-8) * (Gradient(0, "w") + 0.1 * Problem.Normal(1, 4, 3));
        Assert.True((state.Tensors["momentum_buffer.w"] - expected).abs().max().ToDouble() < 1e-14);
    }

    [Fact]
    public void Paper_variant_rescales_the_momentum()
    {
        using var problem = Two();
        using var state = new Lars { Variant = LarsVariant.Paper, WeightDecay = 0.1 }.Start(problem.Groups);
        for (int step = 0; step < 3; step++)
        {
            var before = problem["w"].detach().clone();
            problem.Step(state, step, Gradient, 0.02);
            Assert.Equal(0.02 * before.norm().ToDouble(), (problem["w"] - before).norm().ToDouble(), 1e-12);
        }
        Assert.True(problem.Difference("b", ByHand()) < 1e-12);

        static Tensor ByHand()
        {
            Tensor value = Problem.Normal(2, 4), momentum = zeros(4, float64);
            for (int step = 0; step < 3; step++)
            {
                momentum = 0.9 * momentum + 0.1 * Gradient(step, "b");
                value -= 0.02 * momentum;
            }
            return value;
        }
    }

    [Fact]
    public void Paper_variant_with_equal_bounds_makes_steps_of_fixed_length()
    {
        using var problem = Two().Run(new Lars { Variant = LarsVariant.Paper, PhiLow = 0.5, PhiHigh = 0.5 }, 1, Gradient, lr: 0.02);
        Assert.Equal(0.01, (problem["w"] - Problem.Normal(1, 4, 3)).norm().ToDouble(), 1e-12);
    }

    [Fact]
    public void Zero_weights_take_the_gradient_as_it_is()
    {
        using var problem = new Problem(("w", zeros(4, 3, float64)));
        problem.Run(new Lars { Momentum = 0 }, 1, Gradient, lr: 0.1);
        Assert.True(problem.Difference("w", -0.1 * Gradient(0, "w")) < 1e-14);
    }

    [Fact]
    public void Refuses_options_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lars { TrustCoeff = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lars { Momentum = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lars { Dampening = 1.5 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lars { Eps = -1 });
    }
}

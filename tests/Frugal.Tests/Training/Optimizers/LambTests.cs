using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Optimizers;

/// <summary>The invariants of the sheet, in double precision.</summary>
public class LambTests
{
    private static Problem Two() => new(("w", Problem.Normal(1, 4, 3)), ("b", Problem.Normal(2, 4)));

    private static Tensor Gradient(int step, string name) => name == "w" ? Problem.Normal(10 + step, 4, 3) : Problem.Normal(20 + step, 4);

    private static Lamb Plain => new() { MaxGradNorm = null };

    [Fact]
    public void Relative_step_of_an_adapted_tensor_is_the_learning_rate()
    {
        using var problem = Two();
        using var state = Plain.Start(problem.Groups);
        for (int step = 0; step < 5; step++)
        {
            var before = problem["w"].detach().clone();
            problem.Step(state, step, Gradient, 0.03);
            Assert.Equal(0.03, (problem["w"] - before).norm().ToDouble() / before.norm().ToDouble(), 1e-12);
        }
    }

    [Fact]
    public void Scaling_all_gradients_changes_nothing_without_eps()
    {
        var optimizer = new Lamb { MaxGradNorm = null, Eps = 0 };
        using var once = Two().Run(optimizer, 5, Gradient);
        using var scaled = Two().Run(optimizer, 5, (step, name) => Gradient(step, name) * 1000);
        Assert.True(once.Difference("w", scaled["w"]) < 1e-12);
        Assert.True(once.Difference("b", scaled["b"]) < 1e-12);
    }

    [Fact]
    public void First_step_without_decay_goes_along_the_signs()
    {
        using var problem = new Problem(("w", Problem.Normal(1, 4, 3)));
        var start = problem["w"].detach().clone();
        problem.Run(new Lamb { MaxGradNorm = null, Eps = 0, WeightDecay = 0, AlwaysAdapt = true }, 1, Gradient, lr: 0.1);
        var expected = start - 0.1 * start.norm() / Math.Sqrt(12) * Gradient(0, "w").sign();
        Assert.True(problem.Difference("w", expected) < 1e-12);
    }

    [Fact]
    public void Without_adaptation_and_decay_it_is_adam()
    {
        using var lamb = Two().Run(new Lamb { MaxGradNorm = null, WeightDecay = 0, Eps = 1e-8 }, 5, Gradient, lr: 0.01);
        using var adam = Two().Run(new Adam(), 5, Gradient, lr: 0.01);
        Assert.True(lamb.Difference("w", adam["w"]) < 1e-14);
    }

    [Fact]
    public void Without_adaptation_and_with_decoupled_decay_it_is_adamw()
    {
        using var lamb = Two().Run(new Lamb { MaxGradNorm = null, WeightDecay = 0.1, DecoupledDecay = true, AdaptExclude = ["*"], Eps = 1e-8 }, 5, Gradient, lr: 0.01);
        using var adamw = Two().Run(new AdamW { WeightDecay = 0.1 }, 5, Gradient, lr: 0.01);
        Assert.True(lamb.Difference("w", adamw["w"]) < 1e-14);
        Assert.True(lamb.Difference("b", adamw["b"]) < 1e-14);
    }

    [Fact]
    public void Zero_tensor_moves_by_the_plain_update()
    {
        using var problem = new Problem(("w", zeros(3, 2, float64)));
        problem.Run(new Lamb { MaxGradNorm = null, Eps = 0 }, 1, (_, _) => Problem.Normal(1, 3, 2), lr: 0.1);
        Assert.True(problem.Difference("w", -0.1 * Problem.Normal(1, 3, 2).sign()) < 1e-12);
    }

    [Fact]
    public void Zero_gradient_at_the_first_step_moves_nothing()
    {
        using var problem = Two().Run(new Lamb { WeightDecay = 0, AlwaysAdapt = true }, 1, (_, name) => zeros_like(Gradient(0, name)));
        Assert.Equal(0, problem.Difference("w", Problem.Normal(1, 4, 3)));
    }

    [Fact]
    public void Trust_clip_bounds_the_step_by_the_update()
    {
        // Large weights would ask for a ratio far above 1; at the first step without decay the update has norm sqrt(12).
        using var problem = new Problem(("w", Problem.Normal(1, 4, 3) * 100));
        var start = problem["w"].detach().clone();
        problem.Run(new Lamb { MaxGradNorm = null, Eps = 0, WeightDecay = 0, AlwaysAdapt = true, TrustClip = true }, 1, Gradient, lr: 0.1);
        Assert.Equal(0.1 * Math.Sqrt(12), (problem["w"] - start).norm().ToDouble(), 1e-10);
    }

    [Fact]
    public void Without_averaging_and_correction_the_first_moment_starts_as_the_gradient()
    {
        using var problem = Two();
        using var state = new Lamb { MaxGradNorm = null, GradAveraging = false, BiasCorrection = false }.Start(problem.Groups);
        problem.Step(state, 0, Gradient, 0.01);
        Assert.True((state.Tensors["exp_avg.w"] - Gradient(0, "w")).abs().max().ToDouble() < 1e-15);
    }

    [Fact]
    public void Equal_bounds_of_the_weight_norm_give_steps_of_fixed_length()
    {
        using var problem = Two();
        using var state = new Lamb { MaxGradNorm = null, PhiLow = 0.5, PhiHigh = 0.5 }.Start(problem.Groups);
        for (int step = 0; step < 3; step++)
        {
            var before = problem["w"].detach().clone();
            problem.Step(state, step, Gradient, 0.02);
            Assert.Equal(0.01, (problem["w"] - before).norm().ToDouble(), 1e-12);
        }
    }

    [Fact]
    public void Splitting_a_tensor_changes_the_path_and_permuting_its_entries_does_not()
    {
        using var whole = new Problem(("w", Problem.Normal(1, 4, 3))).Run(Plain, 3, Gradient);
        using var halves = new Problem(("w1", Problem.Normal(1, 4, 3)[..2]), ("w2", Problem.Normal(1, 4, 3)[2..]))
            .Run(Plain, 3, (step, name) => name == "w1" ? Gradient(step, "w")[..2] : Gradient(step, "w")[2..]);
        using var flipped = new Problem(("w", Problem.Normal(1, 4, 3).flip(0, 1))).Run(Plain, 3, (step, name) => Gradient(step, name).flip(0, 1));
        Assert.True(halves.Difference("w1", whole["w"][..2]) > 1e-4);
        Assert.True(flipped.Difference("w", whole["w"].flip(0, 1)) < 1e-14);
    }

    [Fact]
    public void Global_clipping_sees_all_groups_at_once()
    {
        using var clipped = Two().Run(new Lamb { MaxGradNorm = 0.1 }, 3, Gradient);
        using var byHand = Two().Run(Plain, 3, (step, name) =>
        {
            double norm = Math.Sqrt(Math.Pow(Gradient(step, "w").norm().ToDouble(), 2) + Math.Pow(Gradient(step, "b").norm().ToDouble(), 2));
            return Gradient(step, name) * (0.1 / norm);
        });
        Assert.True(clipped.Difference("w", byHand["w"]) < 1e-12);
        Assert.True(clipped.Difference("b", byHand["b"]) < 1e-12);
    }

    [Fact]
    public void Adaptation_can_be_excluded_apart_from_decay()
    {
        using var problem = Two().Run(new Lamb { MaxGradNorm = null, AdaptExclude = ["w"], Eps = 0, WeightDecay = 0 }, 1, Gradient, lr: 0.1);
        Assert.True(problem.Difference("w", Problem.Normal(1, 4, 3) - 0.1 * Gradient(0, "w").sign()) < 1e-12);
        Assert.Equal(0.1 * Problem.Normal(2, 4).norm().ToDouble(), (problem["b"] - Problem.Normal(2, 4)).norm().ToDouble(), 1e-12);
    }

    [Fact]
    public void Refuses_options_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lamb { Lr = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lamb { Beta1 = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lamb { Beta2 = -0.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lamb { Eps = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lamb { WeightDecay = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Lamb { MaxGradNorm = 0 });
        using var problem = Two();
        Assert.Throws<FrugalException>(() => new Lamb { PhiLow = 2, PhiHigh = 1 }.Start(problem.Groups));
    }
}

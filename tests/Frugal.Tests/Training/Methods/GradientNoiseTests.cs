using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Tests.Training.Optimizers;
using Frugal.Training;
using Frugal.Training.Clipping;
using Frugal.Training.Methods.Noise;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods;

/// <summary>The invariants of the sheet.</summary>
public class GradientNoiseTests
{
    private static byte[] Trained(params TrainingMethod[] methods)
    {
        using var subject = TinySubject.Of();
        return TinySubject.Bytes(new Train { Epochs = 2, BatchSize = 16, Optimizer = new Sgd(), Methods = methods }.Apply(subject));
    }

    [Fact]
    public void No_variance_gives_the_same_bytes_as_no_method()
    {
        Assert.Equal(Trained(), Trained(new GradientNoise { Eta = 0 }));
        Assert.Equal(Trained(), Trained(new GradientNoise { Eta = 1, Schedule = NoiseSchedule.Off }));
        Assert.NotEqual(Trained(), Trained(new GradientNoise { Eta = 0.01 }));
    }

    [Fact]
    public void Deviation_is_the_root_of_eta_and_falls()
    {
        var noise = new GradientNoise { Eta = 0.3 };
        Assert.Equal(Math.Sqrt(0.3), noise.Sigma(0), 1e-15);
        for (long update = 0; update < 100; update++)
        {
            Assert.Equal(Math.Pow(1 + update, -0.275), noise.Sigma(update) / noise.Sigma(0), 1e-12);
            Assert.True(noise.Sigma(update + 1) < noise.Sigma(update));
            Assert.Equal(noise.Sigma(0), new GradientNoise { Eta = 0.3, Gamma = 0 }.Sigma(update), 1e-15);
            Assert.Equal(noise.Sigma(0), new GradientNoise { Eta = 0.3, Schedule = NoiseSchedule.Fixed }.Sigma(update), 1e-15);
        }
    }

    [Fact]
    public void Gradient_of_zeros_receives_noise_and_an_absent_one_none()
    {
        using var problem = new Problem(("w", zeros(1000, 1000, float64)), ("b", zeros(3, float64)));
        problem["w"].grad = zeros(1000, 1000, float64);
        using var random = new RandomStreams(1).TorchAt("noise");
        GradientNoise.Add(problem.Groups, 0.5, (_, gradient) => randn(gradient.shape, gradient.dtype, CPU, generator: random));
        Assert.Null(problem["b"].grad);
        using var state = new Sgd { Momentum = 0 }.Start(problem.Groups);
        state.Step(0.1);
        Assert.Equal(0.01 * 0.25, problem["w"].detach().var().ToDouble(), 0.01 * 0.25 * 0.01);
        Assert.Equal(0, problem.Difference("b", zeros(3, float64)));
    }

    [Fact]
    public void Mean_over_many_draws_is_the_gradient()
    {
        const int draws = 100_000;
        using var scope = NewDisposeScope();
        using var random = new RandomStreams(2).TorchAt("noise");
        using var problem = new Problem(("w", zeros(draws, float64)));
        problem["w"].grad = full(draws, 0.7, float64);
        GradientNoise.Add(problem.Groups, 0.3, (_, gradient) => randn(gradient.shape, gradient.dtype, CPU, generator: random));
        Assert.Equal(0.7, problem["w"].grad!.mean().ToDouble(), 4 * 0.3 / Math.Sqrt(draws));
    }

    [Fact]
    public void Clipping_first_keeps_the_variance_and_clipping_last_does_not()
    {
        double Norm(NoiseOrder order)
        {
            double norm = 0;
            using var subject = TinySubject.Of();
            var watching = new Hooks { Before = fit => norm = Gradients.GlobalNorm(fit.Optimizer.Groups) };
            new Train
            {
                Updates = 1,
                BatchSize = 16,
                Optimizer = new Sgd(),
                Clip = new NormClip { Max = 0.01 },
                Methods = [new GradientNoise { Eta = 1, Order = order }, watching],
            }.Apply(subject);
            return norm;
        }
        double entries = 16 * 36 + 16 + 4 * 16 + 4;
        Assert.InRange(Norm(NoiseOrder.ClipThenNoise), 0.9 * Math.Sqrt(entries), 1.1 * Math.Sqrt(entries));
        Assert.Equal(0.01, Norm(NoiseOrder.NoiseThenClip), 1e-5);
    }

    [Fact]
    public void Accumulated_parts_receive_noise_once()
    {
        double Spread(int parts)
        {
            double spread = 0;
            using var subject = TinySubject.Of();
            var watching = new Hooks { Before = fit => spread = Gradients.GlobalNorm(fit.Optimizer.Groups) };
            new Train { Updates = 1, BatchSize = 16, Accumulation = parts, Methods = [new GradientNoise { Eta = 100 }, watching] }.Apply(subject);
            return spread;
        }
        Assert.Equal(Spread(1), Spread(4), Spread(1) * 0.05);
    }

    [Fact]
    public void Breaks_the_symmetry_of_a_start_at_zero()
    {
        double Accuracy(double eta)
        {
            using var subject = TinySubject.Of(new MlpConfig { HiddenSizes = [16] }, examples: 128, validation: 64);
            using (no_grad())
                foreach (var parameter in subject.Model.parameters())
                    parameter.zero_();
            var train = new Train { Epochs = 40, BatchSize = 16, Optimizer = new Sgd { Lr = 0.2 }, Methods = [new GradientNoise { Eta = eta }] };
            train.Apply(subject);
            return Evaluation.Of(subject.Model, subject.Data.Validation!).Accuracy;
        }
        Assert.Equal(0.25, Accuracy(0));
        Assert.InRange(Accuracy(0.05), 0.8, 1);
    }

    [Fact]
    public void Refuses_options_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new GradientNoise { Eta = -0.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GradientNoise { Gamma = double.NaN });
    }
}

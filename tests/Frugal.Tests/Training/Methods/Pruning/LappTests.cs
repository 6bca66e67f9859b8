using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Pruning;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Training.Methods.Pruning;

public static class LappTests
{
    private static readonly ConvNetConfig chain = new() { Channels = [8, 16], ConvsPerStage = 2 };

    private static Train With(TrainingMethod method, int updates = 12, params TrainingMethod[] more) =>
        new() { Updates = updates, BatchSize = 16, Optimizer = new Frugal.Training.Optimizers.Adam { Lr = 0.003 }, Methods = [method, .. more] };

    private static Lapp Method(double keep = 0.5, double bypass = 0.25, double least = 0) =>
        new() { KeepMacs = keep, PruningPhase = Duration.Batches(8), BypassShare = bypass, LeastShare = least };

    private static Subject Trained(Lapp method, ConvNetConfig? config = null, params TrainingMethod[] more)
    {
        var subject = TinySubject.Of(config ?? chain);
        With(method, 12, more).Apply(subject);
        return subject;
    }

    private static Conv2d Convolution(long inChannels = 3, long outChannels = 8) => Conv2d(inChannels, outChannels, 3, padding: 1, bias: false);

    public class Golden
    {
        [Theory]
        [InlineData("unit")]
        [InlineData("flops")]
        public void Case_agrees(string name)
        {
            var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "lapp", $"{name}.safetensors"));
            Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
        }
    }

    public class Scores
    {
        [Fact]
        public void Have_a_mean_square_of_one_and_do_not_change_with_the_weights_scale()
        {
            using var scope = NewDisposeScope();
            var weight = randn(9, 5, 3, 3);
            var scores = FilterThreshold.Scores(weight);
            Assert.Equal(1, scores.square().mean().item<float>(), 1e-5);
            Assert.True(FilterThreshold.Scores(weight * 37).allclose(scores, rtol: 1e-5));
        }

        [Fact]
        public void Give_fewer_filters_as_the_threshold_rises_with_the_gradient_of_a_sigmoid()
        {
            using var scope = NewDisposeScope();
            var scores = FilterThreshold.Scores(randn(16, 5, 3, 3));
            double last = 17;
            for (double threshold = 0; threshold < 2; threshold += 0.1)
            {
                double kept = FilterThreshold.Mask(scores, tensor((float)threshold), 10).sum().item<float>();
                Assert.True(kept <= last);
                last = kept;
            }
            var tau = tensor(1f).requires_grad_();
            FilterThreshold.Mask(scores, tau, 10).sum().backward();
            var q = functional.sigmoid((scores - 1) * 10);
            Assert.Equal(-10 * (q * (1 - q)).sum().item<float>(), tau.grad!.item<float>(), 1e-3);
        }
    }

    public class Unit
    {
        [Theory]
        [InlineData(true)]
        [InlineData(false)]
        public void At_the_start_computes_what_convolution_and_norm_compute(bool isTraining)
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            var (convolution, norm) = (Convolution(), BatchNorm2d(8));
            norm.weight!.copy_(rand(8));
            var layer = ThresholdConv2d.Of(convolution, norm, rank: 4, kappa: 10);
            layer.train(isTraining);
            norm.train(isTraining);
            var x = randn(4, 3, 6, 6);
            Assert.True(layer.call(x).allclose(norm.call(convolution.call(x)), rtol: 1e-5, atol: 1e-6));
            Assert.Equal(8, layer.Mask().sum().item<float>());
        }

        [Theory]
        [InlineData(1.0)]
        [InlineData(0.9)]
        [InlineData(50.0)]
        public void Slimmed_computes_what_it_computes_masked(double threshold)
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            var layer = ThresholdConv2d.Of(Convolution(), BatchNorm2d(8), rank: 4, kappa: 10);
            layer.state_dict()["bypass.bn.weight"].copy_(rand(8));
            layer.state_dict()["bn.bias"].copy_(randn(8));
            layer.Tau.fill_(threshold);
            layer.eval();
            var slim = SlimConv2d.Of(layer);
            slim.eval();
            Assert.Equal((long)layer.Mask().sum().item<float>(), slim.NumKept);
            var x = randn(4, 3, 6, 6);
            Assert.True(slim.call(x).allclose(layer.call(x), rtol: 1e-5, atol: 1e-6));
            Assert.InRange(Exported.Model(slim, x).MaxRelative, 0, 1e-4);
        }

        [Fact]
        public void Has_one_number_to_learn_and_it_is_no_parameter()
        {
            using var layer = new ThresholdConv2d(3, 8, [3], rank: 4, padding: [1]);
            Assert.DoesNotContain(layer.named_parameters(), parameter => parameter.name == "tau");
            Assert.Equal(1, layer.Tau.numel());
        }
    }

    public class Bounds
    {
        private static readonly double[] scores = [0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6];
        private static readonly bool[] all = [.. Enumerable.Repeat(true, 8)];

        [Fact]
        public void Let_so_many_filters_go_at_once() => Assert.Equal(0.5, ThresholdStep.Bounded(1.1, scores, all, most: 2, least: 1), 1e-9);

        [Fact]
        public void Leave_so_many_filters_on() => Assert.Equal(1.2, ThresholdStep.Bounded(5, scores, all, most: 100, least: 3), 1e-9);

        [Fact]
        public void Leave_a_threshold_alone_that_switches_few_off() => Assert.Equal(0.45, ThresholdStep.Bounded(0.45, scores, all, most: 2, least: 1), 1e-9);
    }

    public class Budget
    {
        private static readonly FlopBudget budget = new(1000, [new(100, 9, 4, 8, 4), new(25, 9, 8, 16, 4)]);

        [Fact]
        public void Is_linear_in_the_filters_and_counts_the_bypasses()
        {
            Assert.Equal(1000 + 100 * 9 * 4 * 8 + 25 * 9 * 8 * 16, budget.Full);
            Assert.Equal(1000 + 3 * 3600 + 100 * (36 + 16 + 32) + 5 * 1800 + 25 * (72 + 32 + 64), budget.Of([3, 5]));
        }

        [Fact]
        public void Drives_thresholds_up_while_the_network_is_too_large_and_not_at_all_when_it_is_not()
        {
            using var scope = NewDisposeScope();
            foreach (var (target, isTooLarge) in new[] { (10_000.0, true), (1e9, false) })
            {
                var tau = tensor(new[] { 0.5, 0.5 }).requires_grad_();
                List<Tensor> masks = [.. budget.Units.Select((unit, i) => FilterThreshold.Mask(linspace(0.1, 1.5, unit.OutChannels, float64), tau[i], 10))];
                budget.Constraint(masks, target, 5, 1).backward();
                Assert.Equal(isTooLarge, tau.grad!.lt(0).all().item<bool>());
                Assert.Equal(!isTooLarge, tau.grad!.eq(0).all().item<bool>());
            }
        }

        [Fact]
        public void Is_met_by_the_least_common_rise()
        {
            double[][] scores = [[0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 1.3, 1.5], [.. Enumerable.Range(1, 16).Select(i => i / 10.0)]];
            double target = 0.5 * budget.Full;
            var (kept, rise) = budget.Project(scores, [0.05, 0.05], [1, 1], target);
            Assert.True(budget.Of(kept) <= target);
            Assert.Equal(kept, scores.Select(unit => (long)unit.Count(score => score >= 0.05 + rise)));
            double less = rise - 1e-9;
            Assert.True(budget.Of(scores.Select(unit => (long)unit.Count(score => score >= 0.05 + less))) > target);
        }

        [Fact]
        public void Counts_inputs_that_another_unit_loses()
        {
            using var scope = NewDisposeScope();
            var thinned = budget with { Units = [budget.Units[0], budget.Units[1] with { Producer = 0, Rank = 0 }] };
            Assert.Equal(1000 + 3 * 3600 + 100 * (36 + 16 + 32) + 25 * 9 * 3 * 5, thinned.Of([3, 5]));
            Tensor Mask(int kept, int all) => arange(all).lt(kept).to(float32);
            Assert.Equal(thinned.Of([3, 5]), thinned.Of([Mask(3, 8), Mask(5, 16)]).item<double>());
            var (kept, _) = thinned.Project([[1, 2, 3, 4, 5, 6, 7, 8], [.. Enumerable.Range(1, 16).Select(i => (double)i)]], [0, 0], [1, 1], 0.3 * thinned.Full);
            Assert.True(thinned.Of(kept) <= 0.3 * thinned.Full && budget.Of(kept) > 0.3 * thinned.Full);
        }

        [Fact]
        public void Out_of_reach_is_refused() =>
            Assert.Contains("cannot be reached", Assert.Throws<FrugalException>(() => budget.Project([[1, 1, 1, 1, 1, 1, 1, 1], [.. Enumerable.Repeat(1.0, 16)]], [0, 0], [8, 16], 2000)).Message, StringComparison.Ordinal);
    }

    public class Training
    {
        [Theory]
        [InlineData(0.5)]
        [InlineData(0.35)]
        public void Keeps_to_the_multiply_adds_asked_for(double keep)
        {
            using var dense = TinySubject.Of(chain);
            long full = ModelMeasure.Of(dense.Model, dense.Data.Info).Macs!.Value;
            using var subject = Trained(Method(keep));
            var size = ModelMeasure.Of(subject.Model, subject.Data.Info);
            Assert.InRange((double)size.Macs!.Value / full, 0.3 * keep, keep);
            Assert.Equal((double)size.Macs.Value / full, subject.Metrics["kept-macs"]!.Value, 1e-9);
            Assert.Equal(3, subject.Model.modules().OfType<SlimConv2d>().Count());
        }

        [Fact]
        public void Switches_few_filters_off_in_an_update_and_none_after_the_phase()
        {
            var kept = new List<long[]>();
            using var subject = TinySubject.Of(chain);
            With(Method(0.4), 12, new Hooks
            {
                AfterUpdate = fit => kept.Add([.. fit.Subject.Model.modules().OfType<ThresholdConv2d>().Select(layer => layer.Mask().detach().count_nonzero().item<long>())]),
            }).Apply(subject);
            Assert.Equal(12, kept.Count);
            for (int update = 1; update < 7; update++)
                Assert.All(kept[update - 1].Zip(kept[update]), pair => Assert.True(pair.Second >= pair.First - 1));
            Assert.All(kept[8..], now => Assert.Equal(kept[7], now));
        }

        [Fact]
        public void Without_a_bypass_takes_the_channels_out_of_the_network()
        {
            using var subject = Trained(Method(0.4, bypass: 0));
            Assert.DoesNotContain(subject.Model.modules(), module => module is ThresholdConv2d or SlimConv2d);
            var convolutions = subject.Model.modules().OfType<Conv2d>().ToList();
            Assert.True(convolutions.Skip(1).Sum(convolution => convolution.out_channels) < 8 + 16 + 16);
            Assert.True(convolutions[^1].in_channels == convolutions[^2].out_channels);
        }

        [Theory]
        [InlineData(true)]
        [InlineData(false)]
        public void Without_a_bypass_the_network_costs_what_was_counted(bool countsInputs)
        {
            using var dense = TinySubject.Of(chain);
            long full = ModelMeasure.Of(dense.Model, dense.Data.Info).Macs!.Value;
            using var subject = TinySubject.Of(chain);
            With(new Lapp { KeepMacs = 0.4, PruningPhase = Duration.Batches(8), BypassShare = 0, LeastShare = 0, CountsInputs = countsInputs }).Apply(subject);
            double left = (double)ModelMeasure.Of(subject.Model, subject.Data.Info).Macs!.Value / full, counted = subject.Metrics["kept-macs"]!.Value;
            Assert.InRange(counted, 0.2, 0.4);
            // Only the classifier, which also reads fewer channels, is counted in full when inputs are.
            Assert.InRange(left, countsInputs ? counted - 0.01 : 0, countsInputs ? counted : 0.75 * counted);
        }

        [Fact]
        public void Works_as_a_step_on_a_network_that_is_trained()
        {
            using var subject = TinySubject.Of(chain);
            new Train { Updates = 20, BatchSize = 16 }.Apply(subject);
            long full = ModelMeasure.Of(subject.Model, subject.Data.Info).Macs!.Value;
            Frugal.Compression.Pruning.LappPruning Step(double keep) => new() { Method = new() { KeepMacs = keep, LeastShare = 0, PruningPhase = Duration.Batches(6), Exclude = ["stages.conv2"] }, Stage = new() { Updates = 8, BatchSize = 16 } };
            byte[] before = TinySubject.Bytes(subject);
            Assert.Contains("cannot bring", Assert.Throws<FrugalException>(() => Step(0.01).Apply(subject)).Message, StringComparison.Ordinal);
            Assert.Equal(before, TinySubject.Bytes(subject));
            Step(0.7).Apply(subject);
            Assert.InRange((double)ModelMeasure.Of(subject.Model, subject.Data.Info).Macs!.Value / full, 0.2, 0.7);
            Assert.Equal(2, subject.Model.modules().OfType<SlimConv2d>().Count());
        }

        [Fact]
        public void Leaves_a_model_that_is_saved_loaded_and_exported()
        {
            using var scope = NewDisposeScope();
            using var folder = new TemporaryFolder();
            using var subject = Trained(Method());
            subject.Model.eval();
            using var mode = no_grad();
            var x = randn(3, 1, 6, 6);
            ModelFolder.Save(subject.Model, folder.Path);
            using var loaded = ModelFolder.Load(folder.Path);
            loaded.eval();
            Assert.True(loaded.call(x).allclose(subject.Model.call(x), rtol: 0, atol: 0));
            Assert.InRange(Exported.Model(loaded, x).MaxRelative, 0, 1e-4);
        }

        [Fact]
        public void Works_on_residual_networks_and_by_patterns()
        {
            var config = new ResNetConfig { Depths = [1, 2], Width = 8, Stem = ResNetStem.Cifar, Shortcut = ResNetShortcut.Projection };
            using var subject = TinySubject.Of(config);
            With(new Lapp { KeepMacs = 0.8, PruningPhase = Duration.Batches(4), LeastShare = 0, Exclude = ["layer1.*"] }, 6).Apply(subject);
            Assert.All(subject.Model.named_modules().Where(module => module.module is SlimConv2d), module => Assert.StartsWith("layer2.", module.name, StringComparison.Ordinal));
            Assert.Equal(4, subject.Model.modules().OfType<SlimConv2d>().Count());
        }

        [Fact]
        public void What_cannot_be_is_refused_and_the_model_is_as_before()
        {
            using var subject = TinySubject.Of(chain);
            byte[] before = TinySubject.Bytes(subject);
            Assert.Contains("cannot bring", Assert.Throws<FrugalException>(() => With(Method(0.01)).Apply(subject)).Message, StringComparison.Ordinal);
            Assert.Equal(before, TinySubject.Bytes(subject));
            using var mlp = TinySubject.Of();
            Assert.Contains("finds no convolution", Assert.Throws<FrugalException>(() => With(Method()).Apply(mlp)).Message, StringComparison.Ordinal);
            Assert.Equal("KeepMacs", Assert.Throws<ArgumentOutOfRangeException>(() => new Lapp { KeepMacs = 0 }).ParamName);
        }
    }
}

using CsCheck;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Compression.Pruning;
using Frugal.Interop;
using Frugal.Layers.Surgery;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Pruning;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Compression.Pruning;

public static class RdPruningTests
{
    private static double Zeros(Tensor weight) => weight.eq(0).to(float64).mean().ToDouble();

    private static Module<Tensor, Tensor> Net(long seed = 0)
    {
        new RandomStreams(seed).SeedTorch("net");
        var net = Sequential(("fc1", Linear(6, 8)), ("act1", ReLU()), ("fc2", Linear(8, 7)), ("act2", ReLU()), ("fc3", Linear(7, 3)));
        return net;
    }

    public class Golden
    {
        [Theory]
        [InlineData("curves")]
        [InlineData("dp")]
        [InlineData("endtoend")]
        public void Case_agrees(string name)
        {
            var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "rd-pruning", $"{name}.safetensors"));
            Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
        }
    }

    public class Programme
    {
        private static readonly Gen<(double[][] Distortions, long[][] Costs, int Budget)> problems =
            Gen.Select(Gen.Int[1, 4], Gen.Int[1, 5], Gen.Int[0, 60], Gen.Int[0, 1 << 20]).Select((layers, grid, budget, seed) =>
            {
                var random = new RandomStreams(seed).At("problem");
                double[][] distortions = [.. Enumerable.Range(0, layers).Select(_ => Enumerable.Range(0, grid + 1).Select(_ => (double)random.NextInt(9)).ToArray())];
                long[][] costs = [.. Enumerable.Range(0, layers).Select(_ => Enumerable.Range(0, grid + 1).Select(index => (long)(index == grid ? 0 : random.NextInt(20))).ToArray())];
                return (distortions, costs, budget);
            });

        private static double ByTrying(double[][] distortions, long[][] costs, long budget, int layer = 0) => layer == costs.Length
            ? budget >= 0 ? 0 : double.PositiveInfinity
            : Enumerable.Range(0, costs[layer].Length).Min(index => distortions[layer][index] + ByTrying(distortions, costs, budget - costs[layer][index], layer + 1));

        [Fact]
        public void Finds_the_least_of_all_combinations_within_the_budget() => problems.Sample(
            problem =>
            {
                var found = RateAllocation.Find(problem.Distortions, problem.Costs, problem.Budget);
                return found.Distortion == ByTrying(problem.Distortions, problem.Costs, problem.Budget)
                    && found.Indexes.Select((index, layer) => problem.Costs[layer][index]).Sum() <= problem.Budget
                    && found.Distortion == found.Indexes.Select((index, layer) => problem.Distortions[layer][index]).Sum();
            },
            iter: 300, threads: 1);

        [Fact]
        public void More_budget_is_never_worse() => problems.Sample(
            problem => RateAllocation.Find(problem.Distortions, problem.Costs, problem.Budget + 3).Distortion <= RateAllocation.Find(problem.Distortions, problem.Costs, problem.Budget).Distortion,
            iter: 100, threads: 1);

        [Fact]
        public void On_a_tie_takes_the_first_choice() =>
            Assert.Equal([0, 1], RateAllocation.Find([[0, 0, 0], [2, 1, 1]], [[2, 1, 0], [2, 1, 0]], 4).Indexes);

        [Fact]
        public void Two_like_layers_with_convex_curves_share_alike()
        {
            double[] curve = [.. Enumerable.Range(0, 21).Select(index => Math.Pow(index, 2.5))];
            long[] costs = [.. Enumerable.Range(0, 21).Select(index => 200L - 10 * index)];
            for (long budget = 0; budget <= 400; budget += 10)
            {
                var found = RateAllocation.Find([curve, curve], [costs, costs], budget);
                Assert.InRange(Math.Abs(found.Indexes[0] - found.Indexes[1]), 0, 1);
            }
        }

        [Fact]
        public void A_layer_that_costs_nothing_goes_first()
        {
            long[] costs = [10, 5, 0];
            Assert.Equal([2, 0], RateAllocation.Find([[0, 0, 0], [0, 1, 2]], [costs, costs], 10).Indexes);
        }

        [Fact]
        public void A_budget_too_large_for_a_table_is_counted_in_coarser_units_and_kept_to()
        {
            const long weights = 40_000_003;
            long[] costs = [.. Enumerable.Range(0, 11).Select(index => weights - weights * index / 10)];
            double[] curve = [.. Enumerable.Range(0, 11).Select(index => (double)index * index)];
            var found = RateAllocation.Find([curve, curve], [costs, costs], weights);
            // Rounding every cost up may cost one step of the grid, and never exceeds the budget.
            Assert.All(found.Indexes, index => Assert.InRange(index, 5, 6));
            Assert.True(found.Indexes.Sum(index => costs[index]) <= weights);
        }

        [Fact]
        public void What_cannot_be_met_is_refused() =>
            Assert.Contains("cannot be met", Assert.Throws<FrugalException>(() => RateAllocation.Find([[0, 1]], [[5, 3]], 2)).Message, StringComparison.Ordinal);
    }

    public class Curves
    {
        [Fact]
        public void Begin_at_zero_and_end_where_the_layer_is_zero()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var net = Net();
            var inputs = randn(20, 6);
            var before = net.call(inputs);
            var curves = RateDistortionPruning.Curves(net, [inputs], grid: 10, DistortionForm.Mean);
            Assert.Equal(["fc1.weight", "fc2.weight", "fc3.weight"], curves.Select(curve => curve.Name));
            Assert.All(curves, curve => Assert.Equal(0, curve.Distortions[0]));
            Assert.True(net.call(inputs).eq(before).all().item<bool>());
            net.get_parameter("fc2.weight")!.zero_();
            Assert.Equal((net.call(inputs) - before).square().mean().ToDouble(), curves[1].Distortions[10], 1e-9);
        }

        [Fact]
        public void Of_one_linear_layer_are_the_squares_of_what_goes()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var net = Sequential(("fc", Linear(12, 4, hasBias: false)));
            var weight = net.get_parameter("fc.weight")!;
            var curve = RateDistortionPruning.Curves(net, [randn(20_000, 12)], grid: 8, DistortionForm.Mean).Single();
            for (int index = 1; index <= 8; index++)
            {
                var gone = weight.abs().flatten().sort(0, false, false).Values.narrow(0, 0, 6 * index);
                Assert.InRange(curve.Distortions[index] / (gone.square().sum().ToDouble() / 4), 0.93, 1.07);
            }
        }

        [Fact]
        public void Are_measured_in_evaluation_mode_and_leave_the_statistics_alone()
        {
            using var scope = NewDisposeScope();
            using var net = Sequential(("conv", Conv2d(1, 3, 3)), ("norm", BatchNorm2d(3)), ("flat", Flatten()), ("fc", Linear(12, 2)));
            net.train();
            var statistics = net.get_buffer("norm.running_mean")!.clone();
            RateDistortionPruning.Curves(net, [randn(4, 1, 4, 4)], grid: 3);
            Assert.True(net.training);
            Assert.True(net.get_buffer("norm.running_mean")!.eq(statistics).all().item<bool>());
        }

        [Theory]
        [InlineData(0.58, 100, 58)]
        [InlineData(0.5, 7, 3)]
        [InlineData(1, 7, 7)]
        public void Count_whole_weights(double share, long count, long pruned) => Assert.Equal(pruned, DistortionCurve.CountPruned(count, (int)Math.Round(share * 100), 100));
    }

    public class Pruning
    {
        private static RateDistortionReport Run(Module<Tensor, Tensor> net, double sparsity, PruningBudget budget = PruningBudget.Weights)
        {
            using var inputs = new RandomStreams(3).TorchAt("x") is { } generator ? randn(64, 6, generator: generator) : throw new InvalidOperationException();
            return RateDistortionPruning.Prune(net, [inputs], sparsity, grid: 20, DistortionForm.Mean, budget);
        }

        [Theory]
        [InlineData(0.3)]
        [InlineData(0.6)]
        [InlineData(0.9)]
        public void Keeps_to_the_budget_and_zeroes_the_smallest(double sparsity)
        {
            using var scope = NewDisposeScope();
            using var net = Net();
            var before = net.parameters().Where(parameter => parameter.dim() == 2).Select(parameter => parameter.detach().clone()).ToList();
            var report = Run(net, sparsity);
            Assert.InRange(report.Sparsity, sparsity, 1);
            Assert.Equal(report.Amounts.Zip(report.Curves, (amount, curve) => (long)Math.Floor(amount * curve.NumWeights + 1e-9)), net.parameters().Where(p => p.dim() == 2).Select(p => p.eq(0).sum().ToInt64()));
            foreach (var (was, now) in before.Zip(net.parameters().Where(parameter => parameter.dim() == 2)))
            {
                var gone = now.eq(0);
                Assert.True(was.masked_select(gone.logical_not()).eq(now.masked_select(gone.logical_not())).all().item<bool>());
                if (gone.any().item<bool>() && !gone.all().item<bool>())
                    Assert.True(was.abs().masked_select(gone).max().ToDouble() <= was.abs().masked_select(gone.logical_not()).min().ToDouble());
            }
        }

        [Fact]
        public void Of_nothing_changes_nothing_and_of_all_leaves_nothing()
        {
            using var scope = NewDisposeScope();
            using var net = Net();
            Assert.All(Run(net, 0).Amounts, amount => Assert.Equal(0, amount));
            Assert.All(Run(net, 1).Amounts, amount => Assert.Equal(1, amount));
            Assert.All(net.parameters().Where(parameter => parameter.dim() == 2), parameter => Assert.Equal(1, Zeros(parameter)));
        }

        [Fact]
        public void Foretells_the_change_of_the_outputs_when_little_goes()
        {
            using var scope = NewDisposeScope();
            using var net = Net();
            var report = Run(net, 0.4);
            Assert.InRange(report.Distortion / report.Allocation.Distortion, 0.4, 2.5);
        }

        [Fact]
        public void Never_brings_back_what_went_before()
        {
            using var scope = NewDisposeScope();
            using var net = Net();
            double[] first = [.. Run(net, 0.5).Amounts], second = [.. Run(net, 0.7).Amounts];
            Assert.All(first.Zip(second), pair => Assert.True(pair.Second >= pair.First));
        }

        [Fact]
        public void By_multiply_adds_spares_what_runs_at_few_places()
        {
            using var scope = NewDisposeScope();
            Module<Tensor, Tensor> Build()
            {
                new RandomStreams(1).SeedTorch("net");
                return Sequential(("conv", Conv2d(1, 6, 3, padding: 1)), ("act", ReLU()), ("pool", AvgPool2d(6)), ("flat", Flatten()), ("fc", Linear(6, 9)));
            }
            var inputs = randn(32, 1, 6, 6);
            using Module<Tensor, Tensor> byWeights = Build(), byMacs = Build();
            var weights = RateDistortionPruning.Prune(byWeights, [inputs], 0.5, grid: 20, DistortionForm.Mean);
            var macs = RateDistortionPruning.Prune(byMacs, [inputs], 0.5, grid: 20, DistortionForm.Mean, PruningBudget.Macs);
            Assert.Equal([36, 1], macs.Curves.Select(curve => curve.CostPerWeight));
            Assert.True(macs.Amounts[1] <= weights.Amounts[1]);
            long cost = macs.Curves.Zip(macs.Allocation.Indexes, (curve, index) => curve.Costs[index]).Sum();
            Assert.True(cost <= 0.5 * (54 * 36 + 54));
        }
    }

    public class Step
    {
        private static readonly ConvNetConfig convnet = new() { Channels = [8, 16] };

        private static Subject Pruned(RdPruning step, long seed = 0)
        {
            var subject = TinySubject.Of(convnet, seed: seed);
            step.Apply(subject);
            return subject;
        }

        [Fact]
        public void Prunes_any_model_by_patterns_and_measures_itself()
        {
            using var subject = Pruned(new RdPruning { Sparsity = 0.7, Grid = 20, Calibration = 32, Exclude = ["fc"] });
            Assert.Equal(0, Zeros(subject.Model.get_parameter("fc.weight")!));
            Assert.InRange(Zeros(cat([.. new[] { 1, 2 }.Select(i => subject.Model.get_parameter($"stages.conv{i}.weight")!.flatten())])), 0.7, 0.75);
            Assert.True(subject.Metrics["output-distortion"] > 0 && subject.Metrics["foretold-distortion"] > 0);
        }

        [Fact]
        public void Goes_by_rounds_with_training_between_that_keeps_the_zeros()
        {
            using var subject = TinySubject.Of(convnet);
            double[] shares = new double[3];
            for (int round = 1; round <= 3; round++)
            {
                new RdPruning { Round = round, PerRound = 0.3, Grid = 20, Calibration = 32 }.Apply(subject);
                var masks = subject.Model.named_parameters().Where(p => p.parameter.dim() > 1).ToDictionary(p => p.name, p => p.parameter.ne(0));
                new Train { Updates = 6, BatchSize = 16, Optimizer = new AdamW { Lr = 0.01 }, Methods = [new KeepZeros()] }.Apply(subject);
                Assert.All(masks, mask => Assert.False(subject.Model.get_parameter(mask.Key)!.ne(0).logical_and(mask.Value.logical_not()).any().item<bool>()));
                shares[round - 1] = Zeros(cat([.. subject.Model.parameters().Where(parameter => parameter.dim() > 1).Select(parameter => parameter.flatten())]));
                Assert.InRange(shares[round - 1], 1 - Math.Pow(0.7, round), 1);
            }
            Assert.True(shares[0] < shares[1] && shares[1] < shares[2]);
        }

        [Theory]
        [InlineData(LayerAllocation.Uniform)]
        [InlineData(LayerAllocation.Global)]
        public void Changes_the_outputs_less_than_the_plain_allocations(LayerAllocation plain)
        {
            using var measured = Pruned(new RdPruning { Sparsity = 0.8, Grid = 20, Calibration = 64, Distortion = DistortionForm.Mean });
            using var other = Pruned(new RdPruning { Sparsity = 0.8, Calibration = 64, Distortion = DistortionForm.Mean, Allocation = plain });
            Assert.True(measured.Metrics["output-distortion"] <= other.Metrics["output-distortion"]);
        }

        [Fact]
        public void Without_data_is_the_same_every_time()
        {
            using var first = Pruned(new RdPruning { IsDataFree = true, Grid = 10, Calibration = 40 });
            using var second = Pruned(new RdPruning { IsDataFree = true, Grid = 10, Calibration = 40 });
            Assert.Equal(TinySubject.Bytes(first), TinySubject.Bytes(second));
        }

        [Fact]
        public void Is_written_in_a_recipe_with_its_share_alone() =>
            Assert.Equal(0.8, ((RdPruning)new Binder().Bind<Frugal.Recipes.Step>(YamlReader.Parse("rd-pruning: 0.8", "recipe"))).Sparsity);

        [Fact]
        public void Contradictions_and_patterns_without_a_match_are_refused_and_the_model_is_as_before()
        {
            using var subject = TinySubject.Of(convnet);
            byte[] before = TinySubject.Bytes(subject);
            Assert.Contains("set one", Assert.Throws<FrugalException>(() => new RdPruning { Sparsity = 0.5, Round = 1 }.Apply(subject)).Message, StringComparison.Ordinal);
            Assert.Contains("matches no", Assert.Throws<FrugalException>(() => new RdPruning { Include = ["nothing"] }.Apply(subject)).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentOutOfRangeException>(() => new RdPruning { Sparsity = 1.1 });
            Assert.Throws<ArgumentOutOfRangeException>(() => new RdPruning { PerRound = 1 });
            using (var mode = no_grad())
                subject.Model.get_parameter("fc.weight")!.fill_(double.NaN);
            Assert.Contains("not finite", Assert.Throws<FrugalException>(() => new RdPruning { Grid = 4, Calibration = 8 }.Apply(subject)).Message, StringComparison.Ordinal);
            Assert.NotEmpty(before);
        }
    }
}

using Frugal.Compression.Cells;
using Frugal.Data;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Objectives;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression.Cells;

public static class DassTests
{
    private static readonly CellOperation[] few = [CellOperation.None, CellOperation.SkipConnect, CellOperation.SepConv3, CellOperation.AvgPool3];

    private static Train Short(int updates = 2, double lr = 0.05, params TrainingMethod[] more) => new() { Updates = updates, BatchSize = 16, Optimizer = new Sgd { Lr = lr, Momentum = 0 }, Methods = more };

    private static Dass Step(double keep = 0.3, int updates = 2, bool unrolled = true, bool comparesDense = false, TrainingMethod[]? searchPrune = null, TrainingMethod[]? searchFineTune = null, TrainingMethod[]? fineTune = null) => new()
    {
        KeepShare = keep,
        Operations = few,
        Nodes = 2,
        SearchChannels = 4,
        SearchCells = 3,
        Channels = 4,
        Cells = 3,
        Unrolled = unrolled,
        ComparesDense = comparesDense,
        ArchitectureOptimizer = new Adam { Lr = 0.02, Beta1 = 0.5 },
        SearchPreTrain = Short(updates),
        SearchPrune = Short(updates, 0.1, searchPrune ?? []),
        SearchFineTune = Short(updates, 0.05, searchFineTune ?? []),
        PreTrain = Short(updates),
        Prune = Short(updates),
        FineTune = Short(updates, 0.05, fineTune ?? []),
    };

    private static SearchNetwork Network(params CellOperation[] operations)
    {
        manual_seed(3);
        return (SearchNetwork)new SearchNetworkConfig { Channels = 4, Cells = 1, Nodes = 2, Operations = operations, NumClasses = 3, InChannels = 1, ImageSize = 6 }.Build();
    }

    private static Batch Examples(ulong seed, ScalarType type = ScalarType.Float32)
    {
        using var generator = new Generator(seed);
        return new(randn([8, 1, 6, 6], type, generator: generator), randint(0, 3, [8], int64, generator: generator), [.. Enumerable.Range(0, 8)]);
    }

    public class Golden
    {
        [Theory]
        [InlineData("sparse_layer")]
        [InlineData("cell")]
        [InlineData("genotype")]
        public void Case_agrees(string name)
        {
            var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "dass", $"{name}.safetensors"));
            Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
        }
    }

    public class SearchSpace
    {
        [Fact]
        public void Four_nodes_have_fourteen_edges() => Assert.Equal([2, 5, 9, 14], Enumerable.Range(1, 4).Select(SearchCell.NumEdges));

        [Fact]
        public void An_edge_with_all_weight_on_one_operation_is_that_operation_and_doing_nothing_adds_nothing()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            var parts = new CellParts(isSearch: true);
            using var edge = new MixedOperation(parts, few, 5, 1);
            var x = randn(2, 5, 6, 6);
            for (int i = 0; i < few.Length; i++)
            {
                var alphas = zeros(few.Length);
                alphas[i] = 200;
                var expected = i == 0 ? zeros_like(x) : ((nn.Module<Tensor, Tensor>)edge.named_modules().Single(module => module.name == $"_ops.{i}").module).call(x);
                Assert.True(edge.call(x, alphas.softmax(0)).allclose(expected, rtol: 1e-5, atol: 1e-6));
            }
        }

        [Theory]
        [InlineData(false, 6)]
        [InlineData(true, 3)]
        public void A_cell_gives_the_channels_of_its_nodes_and_a_reduction_halves_the_image(bool isReduction, long side)
        {
            using var scope = NewDisposeScope();
            using var cell = new SearchCell(new CellParts(isSearch: true), few, 4, 4, (7, 6, 5), isReduction, followsReduction: true);
            var weights = zeros(14, few.Length).softmax(1);
            Assert.Equal([2, 20, side, side], cell.call(randn(2, 7, 12, 12), randn(2, 6, 6, 6), weights).shape);
        }

        [Fact]
        public void A_cell_is_read_as_pairs_of_different_states_that_all_do_something()
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(5);
            var choices = Enum.GetValues<CellOperation>();
            for (int round = 0; round < 20; round++)
            {
                var alphas = randn([14, 8], generator: generator);
                alphas.narrow(1, 0, 1).add_(3); // doing nothing weighs most
                var cell = CellChoice.Of(alphas, choices);
                Assert.Equal(8, cell.Count);
                Assert.All(cell.Chunk(2), pair => Assert.NotEqual(pair[0].Input, pair[1].Input));
                new CellNetworkConfig { Normal = cell, Reduction = cell }.RequireCells();
            }
        }
    }

    public class Gradient
    {
        [Fact]
        public void Without_a_step_is_that_of_first_order()
        {
            using var scope = NewDisposeScope();
            using var network = Network(few);
            foreach (var (_, alphas) in network.Alphas)
                alphas.requires_grad = true;
            var gradient = new ArchitectureGradient(network, new CrossEntropy());
            var (training, validation) = (Examples(1), Examples(2));
            foreach (var (first, second) in gradient.At(validation).Zip(gradient.Unrolled(training, validation, 0, (_, _, own) => own)))
                Assert.True(second.allclose(first, rtol: 1e-5, atol: 1e-7));
        }

        [Fact]
        public void Is_that_of_the_loss_after_one_more_step_and_leaves_the_weights_to_the_bit()
        {
            using var scope = NewDisposeScope();
            // Means and norms alone, behind a stem that stays, so that no ReLU bends the loss within the finite difference.
            using var network = Network(CellOperation.None, CellOperation.AvgPool3);
            network.to(float64);
            foreach (var (name, parameter) in network.named_parameters())
                parameter.requires_grad = !name.StartsWith("stem", StringComparison.Ordinal) && !name.EndsWith("popup_scores", StringComparison.Ordinal);
            var alphas = network.Alphas[1].Value; // the only cell is a reduction
            foreach (var (_, each) in network.Alphas)
                each.requires_grad = true;
            var (training, validation) = (Examples(1, float64), Examples(2, float64));
            const double Xi = 0.2;
            var weights = network.parameters().Where(parameter => parameter.requires_grad).ToList();
            List<Tensor> start = [.. weights.Select(weight => weight.detach().clone())];
            double Loss(Batch batch) => new CrossEntropy().Loss(network.call(batch.Inputs), batch.Targets).item<double>();
            double AfterStep(double change)
            {
                using (no_grad())
                    alphas[1, 1].add_(change);
                network.zero_grad();
                new CrossEntropy().Loss(network.call(training.Inputs), training.Targets).backward();
                using (no_grad())
                    weights.ForEach(weight => weight.sub_((weight.grad ?? zeros_like(weight)) * Xi));
                double loss = Loss(validation);
                using (no_grad())
                {
                    weights.Zip(start).ToList().ForEach(pair => pair.First.copy_(pair.Second));
                    alphas[1, 1].sub_(change);
                }
                return loss;
            }

            double expected = (AfterStep(1e-4) - AfterStep(-1e-4)) / 2e-4;
            network.zero_grad();
            var gradient = new ArchitectureGradient(network, new CrossEntropy()).Unrolled(training, validation, Xi, (_, _, own) => own)[1];
            double first = new ArchitectureGradient(network, new CrossEntropy()).At(validation)[1][1, 1].item<double>();
            Assert.InRange(Math.Abs(gradient[1, 1].item<double>() - expected), 0, 0.1 * Math.Abs(first - expected));
            Assert.All(weights.Zip(start), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
        }
    }

    public class Stages
    {
        private static Dictionary<string, byte[]> Of(Fit fit, bool scores) => fit.Subject.Model.named_parameters()
            .Where(parameter => parameter.name.EndsWith("popup_scores", StringComparison.Ordinal) == scores)
            .ToDictionary(parameter => parameter.name, parameter => parameter.parameter.detach().contiguous().bytes.ToArray());

        [Theory]
        [InlineData(true)]
        [InlineData(false)]
        public void Pruning_leaves_weights_and_fine_tuning_scores_to_the_bit_and_the_architecture_moves_in_both(bool isPruning)
        {
            List<Dictionary<string, byte[]>> kept = [], moved = [];
            List<byte[]> alphas = [];
            void Note(Fit fit)
            {
                kept.Add(Of(fit, scores: !isPruning));
                moved.Add(Of(fit, scores: isPruning));
                alphas.Add([.. ((SearchNetwork)fit.Subject.Model).Alphas.SelectMany(each => each.Value.bytes.ToArray())]);
            }
            var hooks = new Hooks { Start = Note, AfterUpdate = Note };
            using var subject = TinySubject.Of();
            Step(searchPrune: isPruning ? [hooks] : null, searchFineTune: isPruning ? null : [hooks]).Apply(subject);
            Assert.Equal(3, kept.Count);
            Assert.All(kept[^1], pair => Assert.Equal(kept[0][pair.Key], pair.Value));
            Assert.Contains(moved[^1], pair => !moved[0][pair.Key].AsSpan().SequenceEqual(pair.Value));
            Assert.NotEqual(alphas[0], alphas[1]);
            Assert.NotEqual(alphas[1], alphas[2]);
        }

        [Fact]
        public void Leave_a_network_of_ordinary_layers_with_so_many_weights_each()
        {
            using var subject = TinySubject.Of();
            Step(keep: 0.1).Apply(subject);
            var network = Assert.IsType<CellNetwork>(subject.Model);
            Assert.DoesNotContain(network.modules(), module => module is IScoredLayer);
            Assert.All(network.named_parameters().Where(parameter => parameter.parameter.dim() > 1), parameter =>
                Assert.True(parameter.parameter.count_nonzero().item<long>() <= PopupScores.NumKept(parameter.parameter.numel(), 0.1), parameter.name));
            Assert.Equal(2 * 3 * 2, subject.Metrics[Metric.TrainingUpdates]);
        }

        [Theory]
        [InlineData(true)]
        [InlineData(false)]
        public void Go_on_exactly_from_a_checkpoint(bool isInSearch)
        {
            using TemporaryFolder straight = new(), stopped = new();
            using (var cancel = new CancellationTokenSource())
            using (var subject = TinySubject.Of(folder: stopped.Path, cancel: cancel))
            {
                TrainingMethod[] stop = [new Hooks { AfterUpdate = fit => { if (fit.Update == 0) cancel.Cancel(); } }];
                Assert.Throws<OperationCanceledException>(() => Step(searchFineTune: isInSearch ? stop : [new Hooks()], fineTune: isInSearch ? [new Hooks()] : stop).Apply(subject));
                Assert.IsNotType<CellNetwork>(subject.Model);
            }
            using Subject whole = TinySubject.Of(folder: straight.Path), resumed = TinySubject.Of(folder: stopped.Path);
            Assert.Equal(
                TinySubject.Bytes(Step(searchFineTune: [new Hooks()], fineTune: [new Hooks()]).Apply(whole)),
                TinySubject.Bytes(Step(searchFineTune: [new Hooks()], fineTune: [new Hooks()]).Apply(resumed)));
        }
    }

    public class Left
    {
        [Fact]
        public void Is_saved_loaded_and_exported()
        {
            using var scope = NewDisposeScope();
            using var folder = new TemporaryFolder();
            using var subject = TinySubject.Of();
            Step().Apply(subject);
            using var mode = no_grad();
            subject.Model.eval();
            var x = randn(3, 1, 6, 6);
            ModelFolder.Save(subject.Model, folder.Path);
            using var loaded = ModelFolder.Load(folder.Path);
            loaded.eval();
            Assert.True(loaded.call(x).equal(subject.Model.call(x)).all().item<bool>());
            Assert.InRange(Exported.Model(loaded, x).MaxRelative, 0, 1e-4);
        }

        [Fact]
        public void Sparse_and_dense_searches_end_apart_only_if_weights_are_left_out()
        {
            double Distance(double keep)
            {
                using var subject = TinySubject.Of();
                Step(keep, updates: 4, comparesDense: true, unrolled: false).Apply(subject);
                return subject.Metrics["architecture-distance"]!.Value;
            }

            Assert.Equal(0, Distance(1));
            Assert.InRange(Distance(0.05), 1e-3, 2);
        }

        [Fact]
        public void A_training_that_fails_leaves_the_model()
        {
            using var subject = TinySubject.Of();
            var (model, before) = (subject.Model, TinySubject.Bytes(subject));
            foreach (var step in new[] { Step(searchPrune: [Failing()]), Step(fineTune: [Failing()]) })
                Assert.Equal("stop here", Assert.Throws<FrugalException>(() => step.Apply(subject)).Message);
            Assert.Same(model, subject.Model);
            Assert.Equal(before, TinySubject.Bytes(subject));

            static Hooks Failing() => new() { AfterUpdate = fit => throw new FrugalException("stop here") };
        }

        [Fact]
        public void Options_that_cannot_be_are_refused()
        {
            Assert.Equal("KeepShare", Assert.Throws<ArgumentOutOfRangeException>(() => new Dass { KeepShare = 0 }).ParamName);
            Assert.Throws<ArgumentException>(() => new Dass { Operations = [CellOperation.None] });
            Assert.Throws<ArgumentException>(() => new Dass { Operations = [CellOperation.SepConv3, CellOperation.SepConv3] });
            using var texts = TinySubject.Of(new Frugal.Models.Text.Gpt2Config { HiddenSize = 16, NumLayers = 1, NumHeads = 2, MaxPositions = 16 });
            Assert.Contains("images", Assert.Throws<FrugalException>(() => Step().Apply(texts)).Message, StringComparison.Ordinal);
        }
    }
}

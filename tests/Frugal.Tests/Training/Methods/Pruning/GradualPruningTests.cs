using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Pruning;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods.Pruning;

public class GradualPruningTests
{
    private const string Hidden = "layers.fc1.weight";

    private static GradualPruning Method(double final = 0.8) => new()
    {
        FinalSparsity = final,
        Begin = Duration.Batches(2),
        End = Duration.Batches(10),
        Interval = Duration.Batches(4),
    };

    private static Train With(Optimizer optimizer, params TrainingMethod[] methods) => new() { Epochs = 4, BatchSize = 16, Optimizer = optimizer, Methods = methods };

    private static Sgd Plain => new() { Lr = 0.1, Momentum = 0 };

    private static double Sparsity(Tensor tensor) => tensor.eq(0).to(float64).mean().ToDouble();

    private static Tensor Weight(Subject subject, string name = Hidden) => subject.Model.named_parameters().Single(parameter => parameter.name == name).parameter;

    [Fact]
    public void Reaches_the_final_sparsity_in_every_layer_and_spares_biases()
    {
        using var subject = TinySubject.Of();
        var recorded = new List<double>();
        With(new AdamW { Lr = 0.01 }, Method(), new Hooks { AfterUpdate = fit => recorded.Add(Sparsity(Weight(fit.Subject))) }).Apply(subject);
        foreach (var (name, parameter) in subject.Model.named_parameters())
            Assert.Equal(parameter.dim() < 2 ? 0 : Math.Round(parameter.numel() * 0.8) / parameter.numel(), Sparsity(parameter), 0.5 / parameter.numel() + 1e-9);
        Assert.Equal([0.0], recorded[..2].Distinct());
        Assert.Equal(3, recorded.Distinct().Count()); // dense, half way, final: the pruning at the beginning prunes the initial sparsity of 0
        Assert.Single(recorded[10..].Distinct());
        Assert.All(recorded.Zip(recorded[1..]), pair => Assert.True(pair.First <= pair.Second));
    }

    [Fact]
    public void Of_all_layers_together_takes_the_smallest_wherever_they_are()
    {
        using var subject = TinySubject.Of();
        using (var frozen = no_grad())
            Weight(subject).mul_(0.01);
        var method = new GradualPruning { FinalSparsity = 0.6, Begin = Duration.Batches(2), End = Duration.Batches(10), Interval = Duration.Batches(4), Allocation = PruningAllocation.Global };
        With(new Sgd { Lr = 1e-6, Momentum = 0 }, method).Apply(subject);
        using var all = cat([.. subject.Model.parameters().Where(parameter => parameter.dim() > 1).Select(parameter => parameter.flatten())]);
        Assert.Equal(0.6, Sparsity(all), 0.01);
        Assert.True(Sparsity(Weight(subject)) > Sparsity(Weight(subject, "head.weight")));
    }

    [Theory]
    [InlineData("filter")]
    [InlineData("4x4")]
    public void Takes_whole_filters_and_blocks(string pattern)
    {
        using var subject = TinySubject.Of(TinySubject.ConvNet);
        var method = new GradualPruning { FinalSparsity = 0.5, Begin = Duration.Batches(2), End = Duration.Batches(10), Interval = Duration.Batches(4), Pattern = BlockPattern.Parse(pattern), Exclude = ["fc"] };
        With(new Sgd { Lr = 0.01, Momentum = 0 }, method).Apply(subject);
        using var zero = Weight(subject, "stages.conv2.weight").eq(0).to(float64).flatten(1);
        using var blocks = pattern == "filter" ? zero.mean([1]) : zero.reshape(4, 4, 18, 4).mean([1, 3]).flatten();
        Assert.Equal(0.5, blocks.mean().ToDouble(), 0.02);
        Assert.True(blocks.eq(0).logical_or(blocks.eq(1)).all().item<bool>());
    }

    [Fact]
    public void Masks_stay_after_the_end_whatever_the_update_rule()
    {
        foreach (Optimizer optimizer in new Optimizer[] { new Sgd(), new AdamW(), new Lamb() })
        {
            Tensor? frozen = null;
            var method = Method();
            using var subject = TinySubject.Of();
            With(optimizer, method, new Hooks
            {
                AfterUpdate = fit =>
                {
                    if (fit.Update == 10)
                        frozen = method.Masks[Hidden].clone().DetachFromDisposeScope();
                    if (fit.Update > 10)
                        Assert.True(method.Masks[Hidden].eq(frozen!).all().item<bool>());
                },
            }).Apply(subject);
            Assert.True(Weight(subject).ne(0).to(float32).eq(frozen!).all().item<bool>());
            frozen!.Dispose();
        }
    }

    [Fact]
    public void The_network_always_computes_with_masked_weights()
    {
        var method = Method();
        using var subject = TinySubject.Of();
        var watching = new Hooks
        {
            Batch = fit =>
            {
                if (method.Masks.TryGetValue(Hidden, out var mask))
                    Assert.Equal(0, Weight(fit.Subject).mul(1 - mask).abs().max().ToDouble());
            },
            EpochEnd = fit => Assert.Equal(0, Weight(fit.Subject).mul(1 - method.Masks[Hidden]).abs().max().ToDouble()),
        };
        With(new Sgd(), method, watching).Apply(subject);
    }

    [Fact]
    public void Pruned_stored_weights_rest_under_plain_descent_and_move_under_momentum()
    {
        Assert.Equal(0, Movement(Plain));
        Assert.True(Movement(new Sgd { Lr = 0.1 }) > 0);

        static double Movement(Optimizer optimizer)
        {
            double movement = 0;
            Tensor? before = null;
            var method = Method();
            using var subject = TinySubject.Of();
            using var scope = NewDisposeScope();
            With(optimizer, method, new Hooks
            {
                AfterUpdate = fit =>
                {
                    var stored = method.Save().Tensors[$"stored.{Hidden}"].clone().DetachFromDisposeScope();
                    if (fit.Update is > 10)
                        movement = Math.Max(movement, (stored - before!).mul(1 - method.Masks[Hidden]).abs().max().ToDouble());
                    before?.Dispose();
                    before = stored;
                },
            }).Apply(subject);
            before!.Dispose();
            return movement;
        }
    }

    [Fact]
    public void Weights_may_come_back_unless_told_otherwise()
    {
        Assert.True(Returned(allowRegrow: true) > 0);
        Assert.Equal(0, Returned(allowRegrow: false));

        static double Returned(bool allowRegrow)
        {
            double returned = 0;
            Tensor? before = null;
            var method = new GradualPruning
            {
                InitialSparsity = 0.5,
                FinalSparsity = 0.5,
                Begin = Duration.Zero,
                End = 1.0,
                Interval = Duration.Batches(1),
                AllowRegrow = allowRegrow,
            };
            using var subject = TinySubject.Of();
            With(new Sgd { Lr = 0.5 }, method, new Hooks
            {
                AfterUpdate = fit =>
                {
                    var mask = method.Masks[Hidden].clone().DetachFromDisposeScope();
                    if (before is not null)
                        returned += mask.mul(1 - before).sum().ToDouble();
                    before?.Dispose();
                    before = mask;
                },
            }).Apply(subject);
            before!.Dispose();
            return returned;
        }
    }

    [Fact]
    public void A_moving_average_is_as_sparse_as_the_network()
    {
        using var subject = TinySubject.Of();
        new Train { Epochs = 4, BatchSize = 16, Ema = new Ema { Decay = 0.9 }, Methods = [Method()] }.Apply(subject);
        Assert.Equal(0.8, Sparsity(Weight(subject)), 0.01);
    }

    [Fact]
    public void A_pruning_that_falls_on_a_skipped_update_is_made_up_for()
    {
        using var subject = TinySubject.Of();
        var poison = new Hooks { Loss = (fit, loss) => fit.Update == 10 ? loss * double.NaN : loss };
        new Train { Epochs = 4, BatchSize = 16, OnNonFinite = NonFiniteAction.Skip, Methods = [Method(), poison] }.Apply(subject);
        Assert.Equal(0.8, Sparsity(Weight(subject)), 0.01);
    }

    [Fact]
    public void A_smoothed_threshold_lags_behind()
    {
        Assert.True(Reached(0.8) < Reached(0));

        static double Reached(double decay)
        {
            using var subject = TinySubject.Of();
            With(Plain, new GradualPruning { FinalSparsity = 0.8, Begin = Duration.Batches(2), End = Duration.Batches(10), Interval = Duration.Batches(4), ThresholdDecay = decay }).Apply(subject);
            return Sparsity(Weight(subject));
        }
    }

    [Fact]
    public void Blocks_of_four_outputs_share_their_positions()
    {
        using var subject = TinySubject.Of();
        With(Plain, new GradualPruning { FinalSparsity = 0.75, Pattern = BlockPattern.FourByOne, Begin = Duration.Batches(2), End = Duration.Batches(10) }).Apply(subject);
        var blocks = Weight(subject).ne(0).reshape(4, 4, 36).to(float64).sum(1);
        Assert.True(blocks.eq(0).logical_or(blocks.eq(4)).all().item<bool>());
        Assert.Equal(0.75, Sparsity(Weight(subject)), 0.01);
    }

    public class Choosing_layers
    {
        private static List<string> Pruned(GradualPruning method, Frugal.Models.ModelConfig config)
        {
            using var subject = TinySubject.Of(config);
            List<string> names = [];
            new Train { Updates = 1, BatchSize = 16, Methods = [method, new Hooks { AfterUpdate = _ => names = [.. method.Masks.Keys] }] }.Apply(subject);
            return names;
        }

        [Fact]
        public void Spares_the_first_convolution() =>
            Assert.Equal(["stages.conv2.weight", "fc.weight"], Pruned(new GradualPruning { Begin = Duration.Zero }, TinySubject.ConvNet));

        [Fact]
        public void Takes_it_where_it_is_included() => Assert.Equal(
            ["stages.conv1.weight", "stages.conv2.weight", "fc.weight"],
            Pruned(new GradualPruning { Begin = Duration.Zero, Include = ["stages.conv1"] }, TinySubject.ConvNet));

        [Fact]
        public void Leaves_out_what_is_excluded() => Assert.Equal(
            ["fc.weight"], Pruned(new GradualPruning { Begin = Duration.Zero, Exclude = ["stages.*"] }, TinySubject.ConvNet));

        [Fact]
        public void A_pattern_that_matches_nothing_is_an_error() => Assert.Contains(
            "classifier", Assert.Throws<FrugalException>(() => Pruned(new GradualPruning { Exclude = ["classifier"] }, TinySubject.Mlp)).Message, StringComparison.Ordinal);

        [Fact]
        public void Nothing_to_prune_is_an_error() =>
            Assert.Throws<FrugalException>(() => Pruned(new GradualPruning { Exclude = ["*"] }, TinySubject.Mlp));
    }

    [Fact]
    public void Two_prunings_of_one_layer_are_refused()
    {
        using var subject = TinySubject.Of();
        var error = Assert.Throws<FrugalException>(() => With(Plain, Method(), Method()).Apply(subject));
        Assert.Contains($"mask of {Hidden}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_times_that_do_not_fit()
    {
        using var subject = TinySubject.Of();
        Assert.Throws<FrugalException>(() => With(Plain, new GradualPruning { Begin = 0.5, End = 0.4 }).Apply(subject));
        Assert.Throws<FrugalException>(() => With(Plain, new GradualPruning { Begin = 1.0, End = 1.0 }).Apply(subject));
    }

    [Fact]
    public void Refuses_options_out_of_range()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new GradualPruning { FinalSparsity = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GradualPruning { InitialSparsity = -0.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GradualPruning { Exponent = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new GradualPruning { ThresholdDecay = 1 });
    }
}

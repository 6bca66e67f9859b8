using Frugal.Analysis;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Adapters;
using Frugal.Training.Methods.Density;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods.Density;

public class DeftTests
{
    private static readonly ResidualMlpConfig blocks = new() { Width = 16, HiddenSize = 32, Depth = 2, Activation = Activation.Relu };
    private static readonly VisionTransformerConfig vit = new() { PatchSize = 3, EmbedDim = 16, Depth = 2, NumHeads = 2 };
    private static readonly BertConfig bert = new() { HiddenSize = 16, NumLayers = 2, NumHeads = 2, MaxPositions = 16, IntermediateSize = 32, InitializerRange = 0.2 };

    private static Train With(params TrainingMethod[] methods) => new() { Updates = 40, BatchSize = 16, Optimizer = new Adam { Lr = 0.01 }, Methods = methods };

    private static (double Active, double Large, double Accuracy) Measured(Subject subject, double threshold = 1e-3)
    {
        new MeasureDensity { Threshold = threshold }.Apply(subject);
        return (subject.Metrics["activation-density"]!.Value, subject.Metrics["large-activations"]!.Value, Evaluation.Of(subject.Model, subject.Data.Test).Accuracy);
    }

    private static (double Active, double Large, double Accuracy) FineTuned(ModelConfig config, params TrainingMethod[] methods)
    {
        using var subject = TinySubject.Of(config);
        With().Apply(subject);
        new Train { Updates = 80, BatchSize = 16, Optimizer = new Adam { Lr = 0.02 }, Methods = methods }.Apply(subject);
        return Measured(subject, threshold: 0.1);
    }

    private static Tensor Numbers(params long[] shape)
    {
        using var generator = new Generator(11);
        return randn(shape, float64, generator: generator);
    }

    public class Golden
    {
        [Theory]
        [InlineData("density_loss")]
        [InlineData("lora_deft")]
        public void Case_agrees(string name)
        {
            var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "deft", $"{name}.safetensors"));
            Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
        }
    }

    public class Term
    {
        [Fact]
        public void Is_zero_at_zero_a_half_at_the_root_of_epsilon_even_and_below_one()
        {
            using var scope = NewDisposeScope();
            double root = Math.Sqrt(1e-7);
            var values = tensor([0, root, -root, 1e-3, -1e-3, 3], float64);
            var smooth = ActivationDensity.Smooth(values, 1e-7);
            double[] got = smooth.data<double>().ToArray();
            Assert.Equal(0, got[0]);
            Assert.Equal(0.5, got[1], 1e-12);
            Assert.Equal(got[1], got[2]);
            Assert.Equal(got[3], got[4]);
            Assert.Equal(1e-6 / (1e-6 + 1e-7), got[3], 1e-12);
            Assert.All(got, value => Assert.InRange(value, 0, 1 - 1e-9));
        }

        [Fact]
        public void Has_the_gradient_of_the_formula_and_of_finite_differences()
        {
            using var scope = NewDisposeScope();
            const double epsilon = 1e-2, step = 1e-6;
            var values = Numbers(50).mul_(0.3).requires_grad_();
            ActivationDensity.Smooth(values, epsilon).sum().backward();
            using var mode = no_grad();
            var formula = 2 * epsilon * values / (values.square() + epsilon).square();
            var differences = (ActivationDensity.Smooth(values + step, epsilon) - ActivationDensity.Smooth(values - step, epsilon)) / (2 * step);
            Assert.True(values.grad!.allclose(formula, rtol: 1e-12, atol: 1e-12));
            Assert.True(values.grad!.allclose(differences, rtol: 1e-6, atol: 1e-6));
        }

        [Fact]
        public void Pulls_hardest_at_the_root_of_a_third_of_epsilon()
        {
            using var scope = NewDisposeScope();
            const double epsilon = 1e-7;
            var values = (linspace(0.05, 4, 400, float64) * Math.Sqrt(epsilon / 3)).requires_grad_();
            ActivationDensity.Smooth(values, epsilon).sum().backward();
            double largest = 3 * Math.Sqrt(3) / (8 * Math.Sqrt(epsilon));
            Assert.InRange(values.grad!.max().item<double>(), 0.999 * largest, largest * (1 + 1e-9));
            Assert.Equal(Math.Sqrt(epsilon / 3), values[values.grad!.argmax()].item<double>(), 0.02 * Math.Sqrt(epsilon / 3));
        }

        [Theory]
        [InlineData(ScalarType.Float32)]
        [InlineData(ScalarType.BFloat16)]
        public void Of_nothing_but_zeros_is_nothing_and_so_is_its_gradient(ScalarType type)
        {
            using var scope = NewDisposeScope();
            var values = zeros([3, 5, 7], type).requires_grad_();
            var loss = ActivationDensity.Penalty([values], 1e-7).mean();
            loss.backward();
            Assert.Equal(0, loss.item<float>());
            Assert.Equal(0, values.grad!.count_nonzero().item<long>());
        }

        [Fact]
        public void Of_values_as_large_as_single_precision_has_them_is_one_and_pulls_nowhere()
        {
            using var scope = NewDisposeScope();
            var values = tensor([1e30f, -1e30f], float32).view(1, 2).detach().requires_grad_();
            var loss = ActivationDensity.Penalty([values], 1e-7).mean();
            loss.backward();
            Assert.Equal(1, loss.item<float>());
            Assert.Equal(0, values.grad!.count_nonzero().item<long>());
        }

        [Fact]
        public void Sees_in_half_precision_what_vanishes_when_squared()
        {
            using var scope = NewDisposeScope();
            var values = full([1, 4], 1e-4, ScalarType.Float16);
            double half = values.to(float64).mean().item<double>();
            Assert.Equal(half * half / (half * half + 1e-7), ActivationDensity.Smooth(values, 1e-7).mean().item<float>(), 1e-6);
        }

        [Fact]
        public void Does_not_depend_on_the_order_of_tokens_or_units()
        {
            using var scope = NewDisposeScope();
            var values = Numbers(3, 6, 8) * 1e-3;
            var expected = ActivationDensity.Penalty([values], 1e-7);
            Assert.True(ActivationDensity.Penalty([values.flip(1)], 1e-7).allclose(expected, rtol: 1e-12));
            Assert.True(ActivationDensity.Penalty([values.roll(3, 2)], 1e-7).allclose(expected, rtol: 1e-12));
        }

        [Fact]
        public void Of_rectified_values_is_the_share_that_is_not_zero()
        {
            using var scope = NewDisposeScope();
            var values = Numbers(4, 10, 30).relu();
            values = values.where(values.gt(0.02), zeros_like(values));
            var exact = ActivationDensity.ShareAbove(values);
            Assert.True(ActivationDensity.Penalty([values], 1e-7).squeeze(1).allclose(exact, rtol: 0, atol: 1e-3));
            Assert.Equal(values.count_nonzero().item<long>() / 1200.0, exact.mean().item<double>(), 1e-12);
        }

        [Fact]
        public void Is_a_mean_over_each_layers_units_first()
        {
            using var scope = NewDisposeScope();
            var penalty = ActivationDensity.Penalty([ones(2, 3), zeros(2, 50, 4)], 1e-7);
            Assert.Equal([2L, 2], penalty.shape);
            Assert.Equal(0.5, penalty.mean().item<float>(), 1e-6);
        }
    }

    public class Training
    {
        [Fact]
        public void Makes_rectified_units_sparser_than_low_rank_updates_alone()
        {
            var plain = FineTuned(blocks, new Lora { Include = ["*.fc1"] });
            var sparse = FineTuned(blocks, new Lora { Include = ["*.fc1"] }, new Deft { Epsilon = 1e-3 });
            Assert.True(sparse.Active < 0.8 * plain.Active, $"{sparse.Active} of the units against {plain.Active}");
            Assert.True(sparse.Accuracy > 0.9, $"accuracy {sparse.Accuracy}");
        }

        [Fact]
        public void Works_with_adapters_as_with_low_rank_updates()
        {
            var adapters = new BottleneckAdapters { Reduction = 4, Include = ["*.fc2"] };
            Assert.True(FineTuned(blocks, adapters, new Deft { Weight = 3, Epsilon = 1e-3 }).Active < FineTuned(blocks, adapters).Active);
        }

        [Theory]
        [InlineData("vit", "prefix")]
        [InlineData("vit", "prompt")]
        [InlineData("bert", "prefix")]
        [InlineData("bert", "prompt")]
        public void Works_with_prompts_and_prefixes(string family, string carrier)
        {
            ModelConfig config = family == "vit" ? vit : bert;
            TrainingMethod method = carrier == "prefix" ? new PrefixTuning { NumTokens = 4 } : new PromptTuning { NumTokens = 4 };
            var plain = FineTuned(config, method);
            var sparse = FineTuned(config, method, new Deft { Weight = 20, Epsilon = 0.05 });
            Assert.True(sparse.Large < plain.Large, $"{sparse.Large} of the units against {plain.Large}");
        }

        [Fact]
        public void With_a_weight_of_zero_is_as_if_it_were_not_there()
        {
            byte[] Bytes(params TrainingMethod[] methods)
            {
                using var subject = TinySubject.Of(bert);
                With(methods).Apply(subject);
                return TinySubject.Bytes(subject);
            }

            Assert.Equal(Bytes(new Lora { DropRate = 0.1 }), Bytes(new Lora { DropRate = 0.1 }, new Deft { Weight = 0 }));
            Assert.NotEqual(Bytes(new Lora { DropRate = 0.1 }), Bytes(new Lora { DropRate = 0.1 }, new Deft()));
        }

        [Fact]
        public void Begins_at_the_trained_network_moves_B_alone_at_first_and_no_frozen_weight()
        {
            using var scope = NewDisposeScope();
            using var subject = TinySubject.Of(blocks);
            var (model, gradients) = (subject.Model, new Dictionary<string, double>());
            var before = model.call(model.Example(2)).clone();
            var look = new Hooks
            {
                Acts = Frugal.Training.Phase.Weight,
                Loss = (_, loss) =>
                {
                    Assert.True(model.call(model.Example(2)).allclose(before));
                    return loss;
                },
                Gradients = _ =>
                {
                    foreach (var (name, parameter) in model.named_parameters())
                        gradients[name] = parameter.grad is { } gradient ? gradient.abs().sum().item<float>() : -1;
                },
            };
            new Train { Updates = 1, BatchSize = 16, Methods = [new Lora { Include = ["*.fc1"] }, new Deft(), look] }.Apply(subject);
            Assert.Equal(-1, gradients["blocks.0.fc1.base_layer.weight"]);
            Assert.Equal(-1, gradients["blocks.0.fc2.weight"]);
            Assert.Equal(-1, gradients["blocks.0.norm.weight"]);
            Assert.Equal(0, gradients["blocks.0.fc1.lora_A.weight"]);
            Assert.True(gradients["blocks.0.fc1.lora_B.weight"] > 0);
            Assert.True(gradients["head.weight"] > 0);
        }

        [Fact]
        public void A_decoder_has_a_mean_of_its_own_so_that_both_reach_two()
        {
            double First(Deft? method)
            {
                double first = double.NaN;
                using var subject = TinySubject.Of(blocks);
                var look = new Hooks { Loss = (_, loss) => { first = loss.item<float>(); return loss; } };
                new Train { Updates = 1, BatchSize = 16, Methods = method is null ? [look] : [method, look] }.Apply(subject);
                return first;
            }

            // With an ε far below the activations the term is their density.
            double task = First(null), whole = First(new Deft { Epsilon = 1e-20 }) - task;
            double both = First(new Deft { Epsilon = 1e-20, Decoder = ["blocks.1.*"] }) - task;
            Assert.InRange(whole, 0.1, 1);
            Assert.Equal(2 * whole, both, 1e-4);
            Assert.Equal(whole, First(new Deft { Epsilon = 1e-20, Decoder = ["blocks.?.act"] }) - task, 1e-4);
        }

        [Theory]
        [InlineData("vit")]
        [InlineData("bert")]
        public void Makes_fewer_units_large_where_the_activation_is_smooth(string family)
        {
            ModelConfig config = family == "vit" ? vit : bert;
            var plain = FineTuned(config, new Lora());
            var sparse = FineTuned(config, new Lora(), new Deft { Weight = 20, Epsilon = 0.05 });
            Assert.True(sparse.Large < plain.Large, $"{sparse.Large} of the units against {plain.Large}");
        }
    }

    public class Layers
    {
        private static IReadOnlyList<string> Found(ModelConfig config)
        {
            using var subject = TinySubject.Of(config);
            return FeedForwardActivations.Of(subject.Model, [], [], "deft");
        }

        [Fact]
        public void Are_the_activations_of_feed_forward_blocks_in_every_family()
        {
            Assert.Equal(["blocks.0.act", "blocks.1.act"], Found(blocks));
            Assert.Equal(["blocks.0.mlp.act", "blocks.1.mlp.act"], Found(vit));
            Assert.Equal(["layers.act1"], Found(new MlpConfig { HiddenSizes = [16] }));
            Assert.Equal(["bert.encoder.layer.0.intermediate.activation", "bert.encoder.layer.1.intermediate.activation"], Found(bert));
            Assert.Equal(
                ["distilbert.transformer.layer.0.ffn.activation"],
                Found(new DistilBertConfig { HiddenSize = 16, NumLayers = 1, NumHeads = 2, MaxPositions = 16, IntermediateSize = 32 }));
            Assert.Equal(["transformer.h.0.mlp.act"], Found(new Gpt2Config { HiddenSize = 16, NumLayers = 1, NumHeads = 2, MaxPositions = 16 }));
            Assert.Equal(["model.layers.0.mlp.act"], Found(new LlamaConfig { HiddenSize = 16, NumLayers = 1, NumHeads = 2, MaxPositions = 16, IntermediateSize = 32 }));
        }

        [Fact]
        public void Stay_the_same_under_adapters()
        {
            using var subject = TinySubject.Of(vit);
            With(new Lora { KeepsAdapters = true }).Apply(subject);
            Assert.Equal(["blocks.0.mlp.act", "blocks.1.mlp.act"], FeedForwardActivations.Of(subject.Model, [], [], "deft"));
        }

        [Fact]
        public void Are_chosen_by_patterns_and_what_matches_nothing_is_refused()
        {
            using var subject = TinySubject.Of(vit);
            Assert.Equal(["blocks.1.mlp.act"], FeedForwardActivations.Of(subject.Model, [], ["blocks.0.*"], "deft"));
            Assert.Equal(["blocks.0.mlp"], FeedForwardActivations.Of(subject.Model, ["blocks.0.mlp"], [], "deft"));
            Assert.Contains("'nowhere'", Refusal(vit, new Deft { Exclude = ["nowhere"] }), StringComparison.Ordinal);
            Assert.Contains("'nowhere'", Refusal(vit, new Deft { Decoder = ["nowhere"] }), StringComparison.Ordinal);
            Assert.Contains("deft finds no activation", Refusal(TinySubject.ConvNet, new Deft()), StringComparison.Ordinal);
        }

        private static string Refusal(ModelConfig config, Deft method)
        {
            using var subject = TinySubject.Of(config);
            byte[] before = TinySubject.Bytes(subject);
            string message = Assert.Throws<FrugalException>(() => With(new Lora { Rank = 2, Include = config == vit ? ["*"] : ["fc"], IncludeClassifier = true }, method).Apply(subject)).Message;
            Assert.Equal(before, TinySubject.Bytes(subject));
            return message;
        }
    }

    public class Measuring
    {
        [Fact]
        public void Counts_zeros_and_small_numbers_and_leaves_the_model_alone()
        {
            using var subject = TinySubject.Of(blocks);
            using (no_grad())
            {
                // All units of the first block are dead, all of the second give out 0.0005.
                foreach (var (path, bias) in new[] { ("blocks.0.fc1", -1.0), ("blocks.1.fc1", 5e-4) })
                {
                    var layer = (TorchSharp.Modules.Linear)ModuleSurgery.Find(subject.Model, path);
                    layer.weight!.zero_();
                    layer.bias!.fill_(bias);
                }
            }
            byte[] before = TinySubject.Bytes(subject);
            var (active, large, _) = Measured(subject);
            Assert.Equal((0.5, 0), (active, large));
            new MeasureDensity { Threshold = 1e-4, BatchSize = 7 }.Apply(subject);
            Assert.Equal(0.5, subject.Metrics["large-activations"]);
            Assert.Equal(before, TinySubject.Bytes(subject));
            Assert.True(subject.Model.training);
        }
    }

    [Fact]
    public void Bad_options_are_refused_by_name()
    {
        Assert.Equal("Weight", Assert.Throws<ArgumentOutOfRangeException>(() => new Deft { Weight = -1 }).ParamName);
        Assert.Equal("Epsilon", Assert.Throws<ArgumentOutOfRangeException>(() => new Deft { Epsilon = 0 }).ParamName);
        Assert.Equal("Threshold", Assert.Throws<ArgumentOutOfRangeException>(() => new MeasureDensity { Threshold = -1 }).ParamName);
        Assert.Equal("Reduction", Assert.Throws<ArgumentOutOfRangeException>(() => new BottleneckAdapters { Reduction = 0.5 }).ParamName);
    }
}

using Frugal.Compression;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Distillation;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression;

public class PelaTests
{
    private static readonly ModelConfig blocks = new ResidualMlpConfig { Width = 24, HiddenSize = 48, Depth = 2 };
    private static readonly ModelConfig vit = new VisionTransformerConfig { PatchSize = 3, EmbedDim = 16, Depth = 2, NumHeads = 2 };

    private static Train Stage(int updates = 4) => new() { Updates = updates, BatchSize = 16, Optimizer = new Adam { Lr = 0.003 } };

    private static string[] Factored(Model model) => [.. LayerSelection.All.Of<nn.Module>(model, layer => layer is LowRankLinear).Select(layer => layer.Path)];

    private static string Refusal(Pela step, ModelConfig? config = null)
    {
        using var subject = TinySubject.Of(config ?? blocks);
        byte[] before = TinySubject.Bytes(subject);
        var model = subject.Model;
        string message = Assert.Throws<FrugalException>(() => step.Apply(subject)).Message;
        Assert.Same(model, subject.Model);
        Assert.Equal(before, TinySubject.Bytes(subject));
        return message;
    }

    public class Golden
    {
        [Theory]
        [InlineData("replace_and_loss")]
        [InlineData("ratio_1p5")]
        public void Case_agrees(string name)
        {
            var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "pela", $"{name}.safetensors"));
            Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
        }
    }

    public class Ranks
    {
        [Theory]
        [InlineData(768, 3072, 2, 307)]
        [InlineData(768, 768, 2, 192)]
        [InlineData(768, 2304, 2, 288)]
        [InlineData(768, 3072, 3, 204)]
        public void Are_those_of_the_sheet(long inputs, long outputs, double ratio, long rank)
        {
            using var weight = empty(outputs, inputs);
            Assert.Equal(rank, RankRule.Ratio(ratio).RankFor("layer", weight));
        }

        [Fact]
        public void A_layer_keeps_its_bias_once_and_a_ratio_th_of_its_numbers()
        {
            using var scope = NewDisposeScope();
            using var layer = LowRankLinear.Of(nn.Linear(768, 3072), 307);
            Assert.Equal(1_178_880 + 3072, layer.parameters().Sum(parameter => parameter.numel()));
            Assert.Equal(1_178_880, layer.FactorNumbers);
        }

        [Fact]
        public void Both_factors_hold_the_root_of_each_singular_value()
        {
            using var scope = NewDisposeScope();
            using var dense = nn.Linear(9, 14);
            using var layer = LowRankLinear.Of(dense, 4);
            var roots = LowRankMath.SingularValues(dense.weight).narrow(0, 0, 4).sqrt().to(float32);
            Assert.True(layer.get_parameter("down.weight")!.norm(1).allclose(roots));
            Assert.True(layer.get_parameter("up.weight")!.norm(0).allclose(roots));
        }

        [Fact]
        public void A_layer_too_small_for_the_ratio_is_refused_with_the_largest_ratio()
        {
            string message = Refusal(new Pela { Ratio = 100, Stage = Stage() });
            Assert.Contains("'embed'", message, StringComparison.Ordinal);
            Assert.Contains("at most 14.4", message, StringComparison.Ordinal);
        }
    }

    public class Chosen
    {
        [Fact]
        public void Classifier_omitted_words_and_few_outputs_stay_dense()
        {
            using var subject = TinySubject.Of(vit);
            new Pela { Stage = Stage(), LeastOutputs = 17 }.Apply(subject);
            Assert.Equal(["blocks.0.attn.qkv", "blocks.0.mlp.fc1", "blocks.1.attn.qkv", "blocks.1.mlp.fc1"], Factored(subject.Model));
        }

        [Fact]
        public void Patterns_choose()
        {
            using var subject = TinySubject.Of(vit);
            new Pela { Stage = Stage(), Include = ["blocks.1.*"], Exclude = ["*.fc2"] }.Apply(subject);
            Assert.Equal(["blocks.1.attn.qkv", "blocks.1.attn.proj", "blocks.1.mlp.fc1"], Factored(subject.Model));
        }

        [Fact]
        public void Nothing_to_choose_is_refused() =>
            Assert.Contains("no layer left", Refusal(new Pela { Stage = Stage(), Omit = ["b"] }), StringComparison.Ordinal);
    }

    public class Repairing
    {
        [Fact]
        public void Features_bring_the_copy_nearer_to_the_original_than_the_task_alone()
        {
            double Distance(double featureWeight)
            {
                using var subject = TinySubject.Of(blocks);
                new Train { Updates = 40, BatchSize = 16, Optimizer = new Adam { Lr = 0.005 } }.Apply(subject);
                using var original = ModelCopy.Of(subject.Model);
                new Pela { Ratio = 4, FeatureWeight = featureWeight, Stage = Stage(updates: 60) }.Apply(subject);
                using var scope = NewDisposeScope();
                using var mode = no_grad();
                original.eval();
                var inputs = new Frugal.Data.Loader(subject.Data.Train, 64, subject.Random).Epoch(0).First().Inputs;
                return (subject.Model.ForwardFeatures(inputs) - original.ForwardFeatures(inputs)).square().mean().item<float>();
            }

            Assert.True(Distance(5) < 0.5 * Distance(0));
        }

        [Fact]
        public void Goes_on_exactly_from_a_checkpoint()
        {
            using TemporaryFolder straight = new(), stopped = new();
            Pela Step(Action<Fit>? after = null) => new()
            {
                PerturbationWeight = 1,
                LogitWeight = 0.1,
                Stage = new() { Updates = 6, BatchSize = 16, Methods = [new Hooks { AfterUpdate = after }] },
            };
            using (var cancel = new CancellationTokenSource())
            using (var subject = TinySubject.Of(blocks, folder: stopped.Path, cancel: cancel))
                Assert.Throws<OperationCanceledException>(() => Step(fit => { if (fit.Update == 2) cancel.Cancel(); }).Apply(subject));
            using Subject whole = TinySubject.Of(blocks, folder: straight.Path), resumed = TinySubject.Of(blocks, folder: stopped.Path);
            Assert.Equal(TinySubject.Bytes(Step().Apply(whole)), TinySubject.Bytes(Step().Apply(resumed)));
        }

        [Fact]
        public void A_training_that_fails_leaves_the_original()
        {
            var failing = new Train { Updates = 3, BatchSize = 16, Methods = [new Hooks { AfterUpdate = fit => throw new FrugalException("stop here") }] };
            Assert.Equal("stop here", Refusal(new Pela { PerturbationWeight = 1, Stage = failing }));
        }
    }

    public class Perturbation
    {
        [Fact]
        public void Is_the_squared_radius_where_nothing_moved()
        {
            using var scope = NewDisposeScope();
            var weight = rand(4, 5, float64);
            Assert.Equal(0.01 * 0.01, WeightPerturbation.Of([(weight, weight), (weight, weight)], 0.01).item<double>(), 1e-15);
        }

        [Fact]
        public void Its_gradient_touches_the_entry_that_moved_most()
        {
            using var scope = NewDisposeScope();
            var weight = zeros(3, 4, float64);
            var product = zeros(3, 4, float64);
            product[1, 2] = -0.5;
            product[0, 3] = 0.2;
            product.requires_grad_();
            WeightPerturbation.Of([(product, weight)], 0.1).backward();
            Assert.Equal(2 * (0.5 - 0.1) * -1, product.grad![1, 2].item<double>(), 1e-12);
            Assert.Equal(1, product.grad!.count_nonzero().item<long>());
        }

        [Fact]
        public void Its_gradient_reaches_the_factors_as_differences_foretell()
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(3);
            using var layer = LowRankLinear.Of(nn.Linear(5, 6), 2);
            layer.to(float64);
            var weight = randn([6, 5], float64, generator: generator);
            Tensor Loss() => WeightPerturbation.Of([(layer.DenseWeight(), weight)], 0.05);
            Loss().backward();
            using var mode = no_grad();
            foreach (var parameter in new[] { layer.get_parameter("down.weight")!, layer.get_parameter("up.weight")! })
                for (int i = 0; i < parameter.numel(); i++)
                {
                    var flat = parameter.view(-1);
                    double before = flat[i].item<double>(), step = 1e-6;
                    flat[i] = before + step;
                    double above = Loss().item<double>();
                    flat[i] = before - step;
                    double below = Loss().item<double>();
                    flat[i] = before;
                    Assert.Equal((above - below) / (2 * step), parameter.grad!.view(-1)[i].item<double>(), 1e-6);
                }
        }

        [Fact]
        public void Needs_a_factorized_layer_and_the_weight_it_came_from()
        {
            using var subject = TinySubject.Of(blocks);
            var alone = new Train { Updates = 1, BatchSize = 16, Methods = [new WeightPerturbation { Teacher = new TeacherBefore() }] };
            Assert.Contains("no factorized layer", Assert.Throws<FrugalException>(() => alone.Apply(subject)).Message, StringComparison.Ordinal);
            new LowRankFactorization { Ratio = 2 }.Apply(subject);
            Assert.Contains("without the dense weight", Assert.Throws<FrugalException>(() => alone.Apply(subject)).Message, StringComparison.Ordinal);
        }
    }

    public class Merging
    {
        [Theory]
        [InlineData("residual-mlp")]
        [InlineData("resnet with bottlenecks")]
        public void Dense_layers_compute_what_the_factors_did(string name)
        {
            using var subject = TinySubject.Of(Frugal.Tests.Models.ModelCases.Small[name] with { NumClasses = 4, InChannels = 1 });
            new LowRankFactorization { Ratio = 3 }.Apply(subject);
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            subject.Model.eval();
            var inputs = randn([3, .. subject.Model.InputShape]);
            var before = subject.Model.call(inputs);
            new LowRankToDense().Apply(subject);
            Assert.Empty(Factored(subject.Model));
            Assert.True(subject.Model.call(inputs).allclose(before, rtol: 1e-4, atol: 1e-5));
        }

        [Fact]
        public void Only_where_smaller_leaves_factors_that_save()
        {
            using var subject = TinySubject.Of(blocks);
            new LowRankFactorization { Ratio = 2 }.Apply(subject);
            var before = Factored(subject.Model);
            new LowRankToDense { OnlyWhereSmaller = true }.Apply(subject);
            Assert.Equal(before, Factored(subject.Model));
        }

        [Fact]
        public void Fresh_factors_follow_from_the_seed_and_forget_the_weights()
        {
            byte[] Bytes(long seed)
            {
                using var subject = TinySubject.Of(blocks, seed: seed);
                new LowRankFactorization { Ratio = 2, Init = FactorStart.Fresh, Include = ["blocks.0.fc1"] }.Apply(subject);
                return [.. subject.Model.state_dict()["blocks.0.fc1.down.weight"].bytes];
            }

            Assert.Equal(Bytes(0), Bytes(0));
            Assert.NotEqual(Bytes(0), Bytes(1));
        }
    }

    [Fact]
    public void A_ratio_of_one_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new Pela { Ratio = 1 });
}

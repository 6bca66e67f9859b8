using Frugal.Compression;
using Frugal.Compression.Distillation;
using Frugal.Data;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Nested;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression;

public class MatformerTests
{
    private static readonly ModelConfig residual = new ResidualMlpConfig { Width = 16, HiddenSize = 32, Depth = 3 };

    public static IEnumerable<TheoryDataRow<string>> Families => [new("residual-mlp"), new("vit"), new("bert"), new("distilbert"), new("gpt2"), new("llama")];

    private static ModelConfig ConfigOf(string family) => family switch
    {
        "residual-mlp" => residual,
        "vit" => new VisionTransformerConfig { PatchSize = 3, EmbedDim = 16, Depth = 2, NumHeads = 2 },
        "bert" => TinyText.Bert with { DropRate = 0, AttentionDropRate = 0 },
        "distilbert" => TinyText.DistilBert,
        "gpt2" => TinyText.Gpt2,
        _ => TinyText.Llama,
    };

    private static Tensor Outputs(Model model)
    {
        using var generator = new Generator(3);
        using var mode = no_grad();
        model.eval();
        return model.call(model is TextModel ? TinyText.Ids(3, 7).remainder(TinyTexts.Vocabulary) : randn([5, .. model.InputShape], generator: generator));
    }

    private static Train TrainBy(Matformer method, int updates = 1, int accumulation = 1) => new()
    {
        Updates = updates,
        BatchSize = 16,
        Accumulation = accumulation,
        Optimizer = new Sgd { Lr = 0.5, Momentum = 0, WeightDecay = 0 },
        Schedule = new Frugal.Training.Schedules.Constant(),
        Methods = [method],
    };

    public class Golden
    {
        [Theory]
        [InlineData("olmo_block")]
        [InlineData("mixnmatch_swiglu")]
        public void Case_agrees(string name)
        {
            var result = new GoldenWalker().Verify(SharedFolder.Require("golden", "matformer", $"{name}.safetensors"));
            Assert.True(result.Verdict == GoldenVerdict.Pass, result.Message);
        }
    }

    public class Extraction
    {
        [Theory]
        [MemberData(nameof(Families), MemberType = typeof(MatformerTests))]
        public void Computes_what_the_slices_do_and_survives_being_saved(string family)
        {
            using var scope = NewDisposeScope();
            using var folder = new TemporaryFolder();
            using var subject = TinySubject.Of(ConfigOf(family));
            var whole = Outputs(subject.Model);
            int count = FeedForwardBlock.In(subject.Model).Count;
            double[] shares = [.. Enumerable.Range(0, count).Select(i => new[] { 0.25, 0.6, 1 }[i])];
            Tensor expected;
            using (var nested = new NestedBlocks(subject.Model, LayerSelection.All))
            {
                Assert.True(Outputs(subject.Model).allclose(whole, rtol: 0, atol: 0), "the whole is the ordinary network");
                nested.Set([.. nested.HiddenDims.Select((hidden, i) => NestedWidths.Of(hidden, shares[i]))]);
                expected = Outputs(subject.Model);
            }
            Assert.True(Outputs(subject.Model).allclose(whole, rtol: 0, atol: 0), "nothing is left of the widths");
            new MixNMatch { Shares = shares }.Apply(subject);
            Assert.True(Outputs(subject.Model).allclose(expected, rtol: 1e-6, atol: 1e-6));
            ModelFolder.Save(subject.Model, folder.Path);
            using var again = ModelFolder.Load(folder.Path);
            Assert.True(Outputs(again).allclose(expected, rtol: 1e-6, atol: 1e-6));
        }

        [Theory]
        [MemberData(nameof(Families), MemberType = typeof(MatformerTests))]
        public void A_uniform_one_is_a_model_of_the_architecture(string family)
        {
            using var scope = NewDisposeScope();
            using var subject = TinySubject.Of(ConfigOf(family));
            Tensor expected;
            using (var nested = new NestedBlocks(subject.Model, LayerSelection.All))
            {
                nested.Set(0.5);
                expected = Outputs(subject.Model);
            }
            new MixNMatch { Shares = [0.5] }.Apply(subject);
            Assert.Empty(subject.Model.ReplacedLayers());
            Assert.True(Outputs(subject.Model).allclose(expected, rtol: 1e-6, atol: 1e-6));
            Assert.Equal(0.5, subject.Metrics["feed-forward-share"]);
            byte[] before = TinySubject.Bytes(subject);
            new MixNMatch { Shares = [1] }.Apply(subject);
            Assert.Equal(before, TinySubject.Bytes(subject));
        }

        [Fact]
        public void Takes_the_parameters_of_the_formula()
        {
            using var subject = TinySubject.Of(residual);
            long all = subject.Model.parameters().Sum(each => each.numel());
            new MixNMatch { Shares = [0.125, 0.25, 0.5] }.Apply(subject);
            // (m − m_l)(2d + 1) a block
            Assert.Equal(all - ((28 + 24 + 16) * 33), subject.Model.parameters().Sum(each => each.numel()));
            using var gated = TinyText.Build(TinyText.Llama, TextHead.None);
            Assert.Equal(3 * 16, NestedWidths.ParametersPerUnit(FeedForwardBlock.In(gated)[0]));
        }

        [Fact]
        public void Leaves_other_replaced_layers_where_they_are()
        {
            using var subject = TinySubject.Of(residual);
            ModuleSurgery.Replace(subject.Model, "embed", new LowRankLinear(36, 16, 4, true));
            new MixNMatch { Shares = [0.5] }.Apply(subject);
            Assert.IsType<LowRankLinear>(ModuleSurgery.Find(subject.Model, "embed"));
            Assert.Equal(16, FeedForwardBlock.In(subject.Model)[0].HiddenDim);
        }

        [Fact]
        public void Refuses_what_cannot_be_and_changes_nothing()
        {
            using var subject = TinySubject.Of(residual);
            byte[] before = TinySubject.Bytes(subject);
            Assert.Contains("2 shares for 3", Assert.Throws<FrugalException>(() => new MixNMatch { Shares = [0.5, 1] }.Apply(subject)).Message, StringComparison.Ordinal);
            Assert.Contains("cannot leave", Assert.Throws<FrugalException>(() => new MixNMatch { KeepParameters = 0.01 }.Apply(subject)).Message, StringComparison.Ordinal);
            Assert.Equal(before, TinySubject.Bytes(subject));
            using var plain = TinySubject.Of();
            Assert.Contains("no feed-forward block", Assert.Throws<FrugalException>(() => new MixNMatch().Apply(plain)).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentOutOfRangeException>(() => new MixNMatch { Shares = [0] });
            Assert.Throws<ArgumentOutOfRangeException>(() => new Matformer { Granularities = [0.5, 0.25] });
            Assert.Throws<FrugalException>(() => TrainBy(new() { Weights = [1, 2] }).Apply(subject));
            Assert.Equal(before, TinySubject.Bytes(subject));
        }
    }

    public class Budget
    {
        // Four equal blocks of 8 units, granularities 1, 2, 4 and 8.
        private static readonly IReadOnlyList<long>[] blocks = [.. Enumerable.Repeat<IReadOnlyList<long>>([7, 6, 4, 0], 4)];

        [Fact]
        public void Widths_do_not_shrink_with_depth_and_neighbours_differ_least()
        {
            long former = long.MaxValue;
            for (int gone = 0; gone <= 28; gone++)
            {
                var chosen = NestedWidths.Choose(blocks, gone)!;
                Assert.True(chosen.Zip(chosen.Skip(1)).All(pair => pair.Second - pair.First is 0 or 1), string.Join(", ", chosen));
                Assert.True(chosen[^1] - chosen[0] <= 1);
                long left = 32 - chosen.Select((each, block) => blocks[block][each]).Sum();
                Assert.True(left <= 32 - gone && left <= former);
                former = left;
            }
            Assert.Equal([2, 2, 3, 3], NestedWidths.Choose(blocks, 8)!);
            Assert.Equal([0, 0, 0, 0], NestedWidths.Choose(blocks, 28)!);
            Assert.Null(NestedWidths.Choose(blocks, 29));
        }

        [Fact]
        public void Is_kept_by_the_model()
        {
            using var subject = TinySubject.Of(residual);
            long all = subject.Model.parameters().Sum(each => each.numel());
            new MixNMatch { KeepParameters = 0.6 }.Apply(subject);
            Assert.InRange(subject.Model.parameters().Sum(each => each.numel()), (long)(0.4 * all), (long)(0.6 * all));
        }

        [Theory]
        [InlineData(512, 63_829_504)]
        [InlineData(1024, 203_680_768)]
        public void Published_language_models_have_the_parameters_of_the_formula(long dim, long parameters)
        {
            using var block = new OlmoBlock(dim, 16, 8 * dim);
            Assert.Equal(parameters, (8 * block.parameters().Sum(each => each.numel())) + (50_304 * dim) + (2 * dim));
        }
    }

    public class Training
    {
        [Fact]
        public void What_does_not_run_gets_gradients_of_exactly_zero_and_the_joint_gradient_is_the_sum()
        {
            using var scope = NewDisposeScope();
            using var subject = TinySubject.Of(residual);
            using var nested = new NestedBlocks(subject.Model, LayerSelection.All);
            var input = randn([4, .. subject.Model.InputShape]);
            Dictionary<string, Tensor> Gradients(params double[] shares)
            {
                foreach (var parameter in subject.Model.parameters())
                    parameter.grad = zeros_like(parameter);
                foreach (double share in shares)
                {
                    nested.Set(share);
                    subject.Model.call(input).square().sum().backward();
                }
                return subject.Model.named_parameters().ToDictionary(own => own.name, own => own.parameter.grad!.clone());
            }
            var each = NestedWidths.Published.Select(share => Gradients(share)).ToList();
            Assert.Equal(0, each[1]["blocks.0.fc1.weight"].narrow(0, 8, 24).count_nonzero().item<long>());
            Assert.Equal(0, each[1]["blocks.0.fc1.bias"].narrow(0, 8, 24).count_nonzero().item<long>());
            Assert.Equal(0, each[1]["blocks.0.fc2.weight"].narrow(1, 8, 24).count_nonzero().item<long>());
            Assert.NotEqual(0, each[1]["blocks.0.fc1.weight"].narrow(0, 7, 1).count_nonzero().item<long>());
            foreach (var (name, joint) in Gradients([.. NestedWidths.Published]))
                Assert.True(joint.allclose(each.Select(gradients => gradients[name]).Aggregate((sum, next) => sum + next), rtol: 1e-4, atol: 1e-5), name);
        }

        [Theory]
        [InlineData(1)]
        [InlineData(4)]
        public void A_joint_update_takes_the_gradients_of_all_widths(int accumulation)
        {
            using var scope = NewDisposeScope();
            using var subject = TinySubject.Of(residual);
            using var byHand = TinySubject.Of(residual);
            TrainBy(new() { Objective = NestedObjective.Joint, Weights = [2, 1, 0, 1] }, accumulation: accumulation).Apply(subject);
            var batch = new Loader(byHand.Data.Train, 16, byHand.Random) { Shuffle = true, DropLast = true }.Epoch(0).First();
            using (var nested = new NestedBlocks(byHand.Model, LayerSelection.All))
            {
                byHand.Model.train();
                foreach (var (share, weight) in new[] { (0.125, 2), (0.25, 1), (1, 1) })
                {
                    nested.Set(share);
                    (weight * nn.functional.cross_entropy(byHand.Model.call(batch.Inputs), batch.Targets)).backward();
                }
            }
            using var mode = no_grad();
            foreach (var (trained, expected) in subject.Model.named_parameters().Zip(byHand.Model.named_parameters()))
                Assert.True(trained.parameter.allclose(expected.parameter - (0.5 * expected.parameter.grad!), rtol: 1e-4, atol: 1e-5), trained.name);
        }

        [Fact]
        public void A_sampled_update_leaves_the_rows_that_did_not_run()
        {
            using var scope = NewDisposeScope();
            using var subject = TinySubject.Of(residual);
            var before = subject.Model.get_parameter("blocks.1.fc1.weight")!.detach().clone();
            TrainBy(new() { Weights = [0, 1, 0, 0] }, updates: 3).Apply(subject);
            var after = subject.Model.get_parameter("blocks.1.fc1.weight")!.detach();
            Assert.True(after.narrow(0, 8, 24).equal(before.narrow(0, 8, 24)).all().item<bool>());
            Assert.False(after.narrow(0, 0, 8).equal(before.narrow(0, 0, 8)).all().item<bool>());
            Assert.IsType<TorchSharp.Modules.Linear>(ModuleSurgery.Find(subject.Model, "blocks.1.fc1"));
        }

        [Theory]
        [InlineData(NestedObjective.Sampled)]
        [InlineData(NestedObjective.Joint)]
        public void Narrow_slices_of_a_text_model_learn_too(NestedObjective objective)
        {
            using var subject = TinySubject.Of(TinyText.Llama, examples: 256);
            Evaluation Narrow()
            {
                using var nested = new NestedBlocks(subject.Model, LayerSelection.All);
                nested.Set(0.125);
                return Evaluation.Of(subject.Model, subject.Data.Test);
            }
            double before = Narrow().Loss;
            new Train { Updates = 40, BatchSize = 32, Optimizer = new AdamW { Lr = 0.01 }, Methods = [new Matformer { Objective = objective }] }.Apply(subject);
            Assert.True(Narrow().Loss < 0.7 * before, $"{before} before, {Narrow().Loss} after");
        }
    }

    [Fact]
    public void Agreement_is_whole_with_itself_and_less_with_a_slice()
    {
        using var subject = TinySubject.Of(residual);
        using var whole = ModelCopy.Of(subject.Model);
        var step = new MeasureAgreement { With = new GivenTeacher(whole) };
        step.Apply(subject);
        Assert.Equal(1, subject.Metrics["agreement"]);
        using var other = TinySubject.Of(residual, seed: 5);
        step.Apply(other);
        Assert.InRange(other.Metrics["agreement"]!.Value, 0, 0.9);
    }

    public class Speculation
    {
        [Theory]
        [InlineData("gpt2", 1)]
        [InlineData("gpt2", 4)]
        [InlineData("llama", 3)]
        public void Writes_what_the_verifier_would(string family, int ahead)
        {
            var config = TinyText.Of(family) with { MaxPositions = 40 };
            using var subject = TinySubject.Of(config with { Head = TextHead.CausalLanguageModel });
            var verifier = (TextModel)ModelCopy.Of(subject.Model);
            new MixNMatch { Shares = [0.25] }.Apply(subject);
            var draft = (TextModel)subject.Model;
            long[] expected = [.. new TextGenerator(verifier, new SamplingOptions { Temperature = 0 }).Continue([3, 1], 50)];
            var generator = new SpeculativeGenerator(verifier, draft, ahead);
            Assert.Equal(expected, generator.Continue([3, 1], 50).ToArray());
            Assert.Equal(38, expected.Length);
            Assert.Equal(expected[..5], new SpeculativeGenerator(verifier, draft, ahead).Continue([3, 1], 5).ToArray());
            var itself = new SpeculativeGenerator(verifier, ModelCopyOf(verifier), ahead);
            Assert.Equal(expected, itself.Continue([3, 1], 50).ToArray());
            Assert.Equal(itself.Drafted, itself.Accepted);
            Assert.Equal((38 + ahead) / (ahead + 1), itself.Passes);
            Assert.InRange(generator.Passes, itself.Passes, 38);
            verifier.Dispose();
        }

        [Fact]
        public void Refuses_models_that_do_not_belong_together()
        {
            using var verifier = TinyText.Build(TinyText.Gpt2, TextHead.CausalLanguageModel);
            using var other = TinyText.Build(TinyText.Gpt2 with { VocabularySize = 40 }, TextHead.CausalLanguageModel);
            using var headless = TinyText.Build(TinyText.Gpt2, TextHead.None);
            Assert.Contains("same tokeniser", Assert.Throws<FrugalException>(() => new SpeculativeGenerator(verifier, other).Continue([1], 3)).Message, StringComparison.Ordinal);
            Assert.Throws<FrugalException>(() => new SpeculativeGenerator(verifier, headless).Continue([1], 3));
            Assert.Throws<FrugalException>(() => new SpeculativeGenerator(verifier, verifier).Continue([], 3));
            Assert.Throws<ArgumentOutOfRangeException>(() => new SpeculativeGenerator(verifier, verifier, 0));
        }

        private static TextModel ModelCopyOf(TextModel model) => (TextModel)ModelCopy.Of(model);
    }
}

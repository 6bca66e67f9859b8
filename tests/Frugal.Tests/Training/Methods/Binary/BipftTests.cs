using Frugal.Compression;
using Frugal.Compression.Packing;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Adapters;
using Frugal.Training.Methods.Binary;
using Frugal.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Training.Methods.Binary;

public class BipftTests
{
    private static readonly BertConfig bert = new() { HiddenSize = 16, NumLayers = 2, NumHeads = 2, MaxPositions = 16, IntermediateSize = 32, InitializerRange = 0.2, DropRate = 0 };
    private static readonly VisionTransformerConfig vit = new() { PatchSize = 3, EmbedDim = 16, Depth = 2, NumHeads = 2 };

    private static Train With(int updates, params TrainingMethod[] methods) => new() { Updates = updates, BatchSize = 16, Optimizer = new Adam { Lr = 0.005 }, Methods = methods };

    private static ModelConfig Of(string family) => family == "bert" ? bert : vit;

    private static byte[] Refused(Subject subject, Step step, string expected)
    {
        byte[] before = TinySubject.Bytes(subject);
        Assert.Contains(expected, Assert.Throws<FrugalException>(() => step.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Equal(before, TinySubject.Bytes(subject));
        return before;
    }

    public class Converting
    {
        [Theory]
        [InlineData("bert", 4 * 2 + 1, "bert.pooler.dense")]
        [InlineData("vit", 4 * 2, "head")]
        public void Leaves_heads_norms_and_positions_in_floating_point(string family, int parts, string spared)
        {
            using var subject = TinySubject.Of(Of(family));
            new BinaryTransformation().Apply(subject);
            var model = subject.Model;
            var layers = model.modules();
            Assert.Equal(2, layers.Count(layer => layer is BinaryAttention));
            // An attention, its output, and the two layers of the feed-forward block; and a table of words.
            Assert.Equal(parts, layers.Count(layer => layer is BinaryAttention or BinaryEmbedding) + layers.Count(layer => layer is BinaryLinear) - 2 * 3);
            Assert.IsType<TorchSharp.Modules.Linear>(ModuleSurgery.Find(model, spared));
            if (family == "bert")
            {
                Assert.IsType<BinaryEmbedding>(ModuleSurgery.Find(model, "bert.embeddings.word_embeddings"));
                Assert.IsType<TorchSharp.Modules.Embedding>(ModuleSurgery.Find(model, "bert.embeddings.position_embeddings"));
            }
        }

        [Fact]
        public void Begins_with_the_weights_and_adds_five_numbers_for_each_input_and_five_more()
        {
            using var subject = TinySubject.Of(bert);
            var before = subject.Model.state_dict().ToDictionary(own => own.Key, own => own.Value.clone());
            long parameters = subject.Model.parameters().Sum(parameter => parameter.numel());
            new BinaryTransformation().Apply(subject);
            var after = subject.Model.state_dict();
            Assert.All(before, own => Assert.True(after[own.Key].equal(own.Value).all().item<bool>(), own.Key));
            // Beside the estimators: four steps of an attention, and step and shifts of six linear layers, of which the last takes 32 inputs.
            const long steps = 4 + 6 + 5 * 16 + 32;
            Assert.Equal(2 * (5 * (16 + 1) + steps), subject.Model.parameters().Sum(parameter => parameter.numel()) - parameters);
        }

        [Theory]
        [InlineData("bert")]
        [InlineData("vit")]
        public void Is_saved_with_the_network_and_steps_stay_as_they_were(string family)
        {
            using var scope = NewDisposeScope();
            using var subject = TinySubject.Of(Of(family));
            new BinaryTransformation { EstimatorRank = 2 }.Apply(subject);
            With(2).Apply(subject);
            using var folder = new TemporaryFolder();
            ModelFolder.Save(subject.Model, folder.Path);
            using var loaded = ModelFolder.Load(folder.Path);
            using var mode = no_grad();
            loaded.eval();
            subject.Model.eval();
            var input = subject.Data.Info.RandomInputs(3, CPU);
            var expected = subject.Model.call(input);
            Assert.True(loaded.call(input).equal(expected).all().item<bool>());
            Assert.True(loaded.call(input).equal(expected).all().item<bool>());
        }

        [Fact]
        public void Chosen_parts_alone_and_an_attention_as_one()
        {
            using var subject = TinySubject.Of(bert);
            new BinaryTransformation { Include = ["*.attention.*"], Exclude = ["bert.encoder.layer.1.*"] }.Apply(subject);
            Assert.Equal(
                ["bert.encoder.layer.0.attention.self", "bert.encoder.layer.0.attention.self.query", "bert.encoder.layer.0.attention.self.key", "bert.encoder.layer.0.attention.self.value", "bert.encoder.layer.0.attention.output.dense"],
                ModulePath.Walk(subject.Model).Where(layer => layer.Module is BinaryAttention or BinaryLinear or BinaryEmbedding).Select(layer => layer.Path).OrderBy(path => path.Contains("output", StringComparison.Ordinal)));
        }

        [Fact]
        public void What_cannot_become_binary_is_refused_and_the_network_left_as_it_was()
        {
            using var subject = TinySubject.Of(bert);
            Refused(subject, new BinaryTransformation { Include = ["nowhere"] }, "'nowhere'");
            With(1, new Lora { KeepsAdapters = true, Include = ["*.query"] }).Apply(subject);
            Refused(subject, new BinaryTransformation(), "'query' is a LoraLinear by now");
            using var convolutions = TinySubject.Of(TinySubject.ConvNet);
            Refused(convolutions, new BinaryTransformation(), "binary-transformer finds no part");
        }

        [Fact]
        public void Each_of_its_linear_layers_can_be_packed_and_computes_the_same()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var subject = TinySubject.Of(bert);
            new BinaryTransformation().Apply(subject);
            subject.Model.eval();
            var layers = LayerSelection.All.Of<BinaryLinear>(subject.Model);
            Assert.Equal(12, layers.Count);
            foreach (var (path, layer) in layers)
            {
                var packable = PackableLayer.Of(layer)!;
                using var packed = packable.With(new BinaryForm().TryPack(packable)!);
                packed.eval();
                var input = linspace(-2, 2, 5 * layer.InFeatures).mul(7).sin().view(5, layer.InFeatures);
                Assert.True(packed.call(input).allclose(layer.call(input), rtol: 1e-4, atol: 1e-4), path);
            }
        }
    }

    public class Training
    {
        [Theory]
        [InlineData("bert")]
        [InlineData("vit")]
        public void Draws_hidden_states_and_answers_to_those_of_the_network_before(string family)
        {
            double Distance(double weight)
            {
                using var subject = TinySubject.Of(Of(family));
                With(60).Apply(subject);
                using var teacher = ModelCopy.Of(subject.Model);
                With(60, new Bipft { HiddenWeight = weight, LogitsWeight = weight }).Apply(subject);
                using var scope = NewDisposeScope();
                using var mode = no_grad();
                using LayerOutputs own = new(subject.Model, subject.Model.HiddenPaths), others = new(teacher, teacher.HiddenPaths);
                subject.Model.eval();
                teacher.eval();
                var input = new Frugal.Data.Loader(subject.Data.Test, 32, subject.Random).Epoch(0).First().Inputs;
                subject.Model.call(input);
                teacher.call(input);
                var (mine, its) = (own.Take(scope), others.Take(scope));
                Assert.Equal(3, mine.Count);
                return mine.Zip(its, (one, other) => nn.functional.mse_loss(one, other).item<float>()).Average();
            }

            double followed = Distance(1), alone = Distance(0);
            Assert.True(followed < alone, $"{followed} with the teacher, {alone} without");
        }

        [Fact]
        public void Adds_both_terms_to_the_loss_of_the_task()
        {
            double First(double hidden, double logits)
            {
                double first = double.NaN;
                using var subject = TinySubject.Of(bert);
                With(1, new Bipft { HiddenWeight = hidden, LogitsWeight = logits }, new Hooks { Loss = (_, loss) => { first = loss.item<float>(); return loss; } }).Apply(subject);
                return first;
            }

            double task = First(0, 0), hidden = First(1, 0) - task, answers = First(0, 1) - task;
            Assert.True(hidden > 0.01 && answers > 0.1, $"{hidden} and {answers}");
            Assert.Equal(task + 2 * hidden + 3 * answers, First(2, 3), 1e-4);
        }

        [Fact]
        public void Under_a_head_that_asks_for_tokens_hidden_states_count_alone_but_for_the_next_sentence()
        {
            using var scope = NewDisposeScope();
            using var subject = TinySubject.Of(bert);
            foreach (var (head, hasAnswers) in new[] { (TextHead.MaskedLanguageModel, false), (TextHead.PreTraining, true), (TextHead.SequenceClassification, true) })
            {
                using var student = bert.Build(head);
                using var teacher = new FrozenModel(ModelCopy.Of(student));
                using var following = BinaryFollowing.Of(student, teacher);
                student.eval();
                var input = arange(1, 9).view(1, 8);
                var (hidden, answers) = following.Terms(student.call(input), input, 1, scope);
                Assert.Equal(0, hidden!.item<float>(), 1e-7);
                Assert.Equal(hasAnswers, answers is not null);
            }
        }

        [Fact]
        public void A_binary_network_trains_on_without_having_its_steps_set_anew()
        {
            using var subject = TinySubject.Of(bert);
            With(3, new Bipft()).Apply(subject);
            var step = subject.Model.get_parameter("bert.encoder.layer.0.attention.self.clip_attn")!;
            step.detach().fill_(0.123f);
            Refused(subject, With(1, new Bipft()), "would follow itself");
            using var dense = TinySubject.Of(bert);
            new Train { Updates = 1, BatchSize = 16, Optimizer = new Adam { Lr = 1e-6 }, Methods = [new Bipft { Teacher = new GivenTeacher(dense.Model) }] }.Apply(subject);
            Assert.Equal(0.123, subject.Model.get_parameter("bert.encoder.layer.0.attention.self.clip_attn")!.item<float>(), 1e-4);
        }

        [Fact]
        public void Learns_the_task()
        {
            using var subject = TinySubject.Of(bert);
            With(150).Apply(subject);
            With(150, new Bipft()).Apply(subject);
            Assert.InRange(Evaluation.Of(subject.Model, subject.Data.Train).Accuracy, 0.6, 1);
        }

        [Fact]
        public void A_failure_leaves_the_network_as_it_was()
        {
            using var subject = TinySubject.Of(vit);
            Refused(subject, With(3, new Bipft(), new Hooks { Before = _ => throw new FrugalException("no more") }), "no more");
            Refused(subject, With(3, new Bipft { Exclude = ["nowhere"] }), "'nowhere'");
            using var convolutions = TinySubject.Of(TinySubject.ConvNet);
            Refused(convolutions, With(3, new Bipft()), "bipft finds no part");
        }

        [Fact]
        public void Bad_options_are_refused_by_name()
        {
            Assert.Equal("EstimatorRank", Assert.Throws<ArgumentOutOfRangeException>(() => new Bipft { EstimatorRank = -1 }).ParamName);
            Assert.Equal("HiddenWeight", Assert.Throws<ArgumentOutOfRangeException>(() => new Bipft { HiddenWeight = -1 }).ParamName);
            Assert.Equal("Temperature", Assert.Throws<ArgumentOutOfRangeException>(() => new Bipft { Temperature = 0 }).ParamName);
            Assert.Equal("EstimatorRank", Assert.Throws<ArgumentOutOfRangeException>(() => new BinaryTransformation { EstimatorRank = -1 }).ParamName);
        }
    }
}

using System.Text.Json;
using Frugal.Compression;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Tests.Layers;

public class LoraTests
{
    private static readonly MlpConfig mlp = new() { HiddenSizes = [24, 20] };

    private static Train Train(Lora method, long updates = 3, params TrainingMethod[] more) => new() { Updates = updates, BatchSize = 16, Methods = [method, .. more] };

    private static Lora Kept => new() { Rank = 4, KeepsAdapters = true };

    private static string[] Adapted(Subject subject) => [.. LoraAdapters.In(subject.Model).Select(layer => layer.Path)];

    private static Tensor Input(Model model)
    {
        using var generator = new Generator(5);
        return randn([4, .. model.InputShape], generator: generator);
    }

    private static float[] Outputs(Model model)
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        model.eval();
        return model.call(Input(model)).data<float>().ToArray();
    }

    private static void AssertNear(float[] expected, float[] actual, float tolerance = 1e-5f) => Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance));

    public class Layer
    {
        [Fact]
        public void At_the_start_it_is_the_layer_that_it_wraps()
        {
            using var scope = NewDisposeScope();
            var linear = nn.Linear(7, 5);
            var input = randn(3, 7);
            float[] before = linear.call(input).data<float>().ToArray();
            using var layer = LoraLinear.Around(linear, 2, 16);
            Assert.Equal(before, layer.call(input).data<float>().ToArray());
        }

        [Fact]
        public void Only_the_two_factors_learn_and_at_first_only_B()
        {
            using var scope = NewDisposeScope();
            using var layer = new LoraLinear(7, 5, 2);
            layer.call(randn(3, 7)).square().sum().backward();
            Assert.Equal(2 * (7 + 5), layer.parameters().Where(parameter => parameter.requires_grad).Sum(parameter => parameter.numel()));
            Assert.All(layer.Base.parameters(), parameter => Assert.Null(parameter.grad));
            Assert.Equal(0, layer.A.grad!.count_nonzero().item<long>());
            Assert.NotEqual(0, layer.B.grad!.count_nonzero().item<long>());
        }

        [Fact]
        public void Merging_changes_nothing_and_taking_the_update_off_again_gives_the_frozen_weight()
        {
            using var scope = NewDisposeScope();
            using var mode = no_grad();
            using var layer = new LoraLinear(30, 20, 4, alpha: 8);
            layer.B.copy_(randn(20, 4));
            var (input, frozen, update) = (randn(6, 30), layer.Base.weight!.clone(), layer.Update());
            var expected = layer.call(input);
            var merged = layer.Merge();
            Assert.True(merged.call(input).allclose(expected, rtol: 1e-5, atol: 1e-5));
            Assert.True((merged.weight! - update).allclose(frozen, rtol: 1e-5, atol: 1e-5));
            Assert.All(merged.parameters(), parameter => Assert.True(parameter.requires_grad));
        }

        [Fact]
        public void Gradients_of_the_factors_are_those_of_the_formula()
        {
            using var scope = NewDisposeScope();
            Tensor a = randn([3, 6], float64), b = randn([5, 3], float64), gradient = randn([5, 6], float64);
            Tensor tracedA = a.clone().requires_grad_(), tracedB = b.clone().requires_grad_();
            (LoraMath.Update(tracedA, tracedB, 12) * gradient).sum().backward();
            var (gradientA, gradientB) = LoraMath.Gradients(gradient, a, b, 12);
            Assert.True(gradientA.allclose(tracedA.grad!, rtol: 1e-12, atol: 1e-12));
            Assert.True(gradientB.allclose(tracedB.grad!, rtol: 1e-12, atol: 1e-12));
        }
    }

    public class Training
    {
        [Fact]
        public void Moves_the_adapters_and_the_classifier_alone()
        {
            using var scope = NewDisposeScope();
            using var subject = TinySubject.Of(mlp);
            var before = subject.Model.named_parameters().ToDictionary(own => own.name, own => own.parameter.detach().clone());
            Train(Kept).Apply(subject);
            Assert.Equal(["layers.fc1", "layers.fc2"], Adapted(subject));
            var after = subject.Model.state_dict();
            Assert.True(after["layers.fc1.base_layer.weight"].equal(before["layers.fc1.weight"]).all().item<bool>());
            Assert.True(after["layers.fc1.base_layer.bias"].equal(before["layers.fc1.bias"]).all().item<bool>());
            Assert.NotEqual(0, after["layers.fc1.lora_B.weight"].count_nonzero().item<long>());
            Assert.False(after["head.weight"].equal(before["head.weight"]).all().item<bool>());
        }

        [Fact]
        public void Merges_at_the_end_to_what_the_adapters_computed()
        {
            using var kept = TinySubject.Of(mlp);
            using var merged = TinySubject.Of(mlp);
            Train(Kept).Apply(kept);
            Train(new() { Rank = 4 }).Apply(merged);
            Assert.Empty(Adapted(merged));
            AssertNear(Outputs(kept.Model), Outputs(merged.Model));
            new MergeLora().Apply(kept);
            Assert.Equal(TinySubject.Bytes(merged), TinySubject.Bytes(kept));
            Assert.All(kept.Model.parameters(), parameter => Assert.True(parameter.requires_grad));
        }

        [Fact]
        public void Adapters_that_are_there_are_trained_on()
        {
            using var subject = TinySubject.Of(mlp);
            Train(Kept).Apply(subject);
            var first = LoraAdapters.In(subject.Model)[0].Layer;
            Train(Kept).Apply(subject);
            Assert.Same(first, LoraAdapters.In(subject.Model)[0].Layer);
        }

        [Fact]
        public void Further_parameters_are_trained_when_named()
        {
            using var scope = NewDisposeScope();
            using var subject = TinySubject.Of(mlp);
            var before = subject.Model.state_dict()["layers.fc1.bias"].clone();
            Train(new() { Rank = 4, Trains = ["*.bias"] }).Apply(subject);
            Assert.False(subject.Model.state_dict()["layers.fc1.bias"].equal(before).all().item<bool>());
            Assert.Contains("'*.nothing'", Assert.Throws<FrugalException>(() => Train(new() { Rank = 4, Trains = ["*.nothing"] }).Apply(subject)).Message, StringComparison.Ordinal);
        }

        [Fact]
        public void Learns_the_data()
        {
            using var subject = TinySubject.Of(mlp, examples: 128);
            new Train { Epochs = 10, BatchSize = 16, Optimizer = new Frugal.Training.Optimizers.Adam { Lr = 0.01 }, Methods = [new Lora { Rank = 4 }] }.Apply(subject);
            Assert.True(subject.Curve[^1].ValidationAccuracy > 0.9, $"validation accuracy {subject.Curve[^1].ValidationAccuracy}");
        }

        [Fact]
        public void Failure_leaves_the_model_as_it_was()
        {
            using var subject = TinySubject.Of(mlp);
            byte[] before = TinySubject.Bytes(subject);
            Assert.Throws<FrugalException>(() => Train(Kept, 3, new Hooks { Before = _ => throw new FrugalException("no more") }).Apply(subject));
            Assert.Equal(before, TinySubject.Bytes(subject));
            Assert.IsType<Linear>(ModuleSurgery.Find(subject.Model, "layers.fc1"));
            Assert.All(subject.Model.parameters(), parameter => Assert.True(parameter.requires_grad));
        }

        [Fact]
        public void A_rank_above_full_rank_and_a_choice_without_a_layer_are_refused()
        {
            using var subject = TinySubject.Of(mlp);
            string message = Assert.Throws<FrugalException>(() => Train(new() { Rank = 21 }).Apply(subject)).Message;
            Assert.Contains("'layers.fc2'", message, StringComparison.Ordinal);
            Assert.Contains("between 1 and 20", message, StringComparison.Ordinal);
            Assert.Contains("finds no linear layer", Assert.Throws<FrugalException>(() => Train(new() { Include = ["head"] }).Apply(subject)).Message, StringComparison.Ordinal);
            Assert.Empty(Adapted(subject));
        }
    }

    public class Peft
    {
        [Fact]
        public void Names_and_configuration_are_those_of_the_library()
        {
            using var folder = new TemporaryFolder();
            using var subject = TinySubject.Of(mlp);
            Train(Kept).Apply(subject);
            PeftFolder.Save(subject.Model, folder.Path, ["head"]);
            using var weights = SafetensorsFile.Open(folder.File("adapter_model.safetensors"));
            Assert.Equal(
                [
                    "base_model.model.head.bias", "base_model.model.head.weight", "base_model.model.layers.fc1.lora_A.weight", "base_model.model.layers.fc1.lora_B.weight",
                    "base_model.model.layers.fc2.lora_A.weight", "base_model.model.layers.fc2.lora_B.weight",
                ], weights.Names.Order(StringComparer.Ordinal));
            using var config = JsonDocument.Parse(File.ReadAllText(folder.File("adapter_config.json")));
            Assert.Equal("LORA", config.RootElement.GetProperty("peft_type").GetString());
            Assert.Equal((4, 16.0), (config.RootElement.GetProperty("r").GetInt32(), config.RootElement.GetProperty("lora_alpha").GetDouble()));
            Assert.Equal(["layers.fc1", "layers.fc2"], config.RootElement.GetProperty("target_modules").EnumerateArray().Select(target => target.GetString()));
            Assert.Equal(["head"], config.RootElement.GetProperty("modules_to_save").EnumerateArray().Select(target => target.GetString()));
        }

        [Fact]
        public void Saved_adapters_give_a_fresh_network_the_same_outputs()
        {
            using var folder = new TemporaryFolder();
            using var subject = TinySubject.Of(mlp);
            using var other = TinySubject.Of(mlp);
            Train(Kept).Apply(subject);
            PeftFolder.Save(subject.Model, folder.Path, ["head"]);
            Assert.Equal(["layers.fc1", "layers.fc2"], PeftFolder.Load(other.Model, folder.Path).Order());
            Assert.Equal(Outputs(subject.Model), Outputs(other.Model));
            PeftFolder.Load(other.Model, folder.Path);
            Assert.Equal(Outputs(subject.Model), Outputs(other.Model));
        }

        [Fact]
        public void Ranks_and_strengths_that_differ_are_kept()
        {
            using var folder = new TemporaryFolder();
            using var subject = TinySubject.Of(mlp);
            using var other = TinySubject.Of(mlp);
            Train(new() { Rank = 4, Include = ["*fc1"], KeepsAdapters = true }).Apply(subject);
            Train(new() { Rank = 2, Alpha = 5, Include = ["*fc2"], KeepsAdapters = true }).Apply(subject);
            PeftFolder.Save(subject.Model, folder.Path, ["head"]);
            PeftFolder.Load(other.Model, folder.Path);
            Assert.Equal([(4, 16.0), (2, 5.0)], LoraAdapters.In(other.Model).Select(layer => (layer.Layer.Rank, layer.Layer.Alpha)));
            Assert.Equal(Outputs(subject.Model), Outputs(other.Model));
        }

        [Theory]
        [InlineData("""{ "peft_type": "IA3" }""", "IA3")]
        [InlineData("""{ "peft_type": "LORA", "use_dora": true }""", "use_dora")]
        [InlineData("""{ "peft_type": "LORA", "lora_alpha": 0 }""", "lora_alpha")]
        [InlineData("""[ 1 ]""", "object")]
        public void What_computes_in_another_way_is_refused(string config, string named)
        {
            using var folder = Folder("layers.fc1", 36, 24, config);
            using var subject = TinySubject.Of(mlp);
            Assert.Contains(named, Assert.Throws<FrugalException>(() => PeftFolder.Load(subject.Model, folder.Path)).Message, StringComparison.Ordinal);
            Assert.Empty(Adapted(subject));
        }

        [Theory]
        [InlineData("layers.fc9", 36, 24, "layers.fc9")]
        [InlineData("layers.fc1", 35, 24, "[rank, 36]")]
        [InlineData("layers.act1", 36, 24, "no linear layer")]
        public void What_does_not_fit_the_network_is_refused_and_changes_nothing(string path, long inFeatures, long outFeatures, string named)
        {
            using var folder = Folder(path, inFeatures, outFeatures, """{ "peft_type": "LORA" }""");
            using var subject = TinySubject.Of(mlp);
            byte[] before = TinySubject.Bytes(subject);
            Assert.Contains(named, Assert.Throws<FrugalException>(() => PeftFolder.Load(subject.Model, folder.Path)).Message, StringComparison.Ordinal);
            Assert.Equal(before, TinySubject.Bytes(subject));
        }

        [Fact]
        public void Division_by_the_root_of_the_rank_is_understood()
        {
            using var folder = Folder("layers.fc1", 36, 24, """{ "peft_type": "LORA", "lora_alpha": 6, "use_rslora": true }""");
            using var subject = TinySubject.Of(mlp);
            PeftFolder.Load(subject.Model, folder.Path);
            var layer = LoraAdapters.In(subject.Model).Single().Layer;
            Assert.Equal(6 / Math.Sqrt(layer.Rank), layer.Alpha / layer.Rank, 1e-12);
        }

        private static TemporaryFolder Folder(string path, long inFeatures, long outFeatures, string config)
        {
            var folder = new TemporaryFolder();
            using var scope = NewDisposeScope();
            SafetensorsWriter.Write(folder.File("adapter_model.safetensors"),
                [($"base_model.model.{path}.lora_A.weight", ones(3, inFeatures)), ($"base_model.model.{path}.lora_B.weight", ones(outFeatures, 3))]);
            File.WriteAllText(folder.File("adapter_config.json"), config);
            return folder;
        }
    }
}

using System.Text.Json.Nodes;
using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Interop;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Models;

public class ModelFolderTests
{
    private static readonly VisionTransformerConfig vit = new() { EmbedDim = 12, Depth = 2, NumHeads = 3, PatchSize = 4, NumClasses = 5, InChannels = 1, ImageSize = 8 };

    private static float[] Output(Model model)
    {
        using var scope = NewDisposeScope();
        model.eval();
        using var noGradient = no_grad();
        return [.. model.call(linspace(-1, 1, model.InputShape.Aggregate(2L, (a, b) => a * b)).reshape([2, .. model.InputShape])).data<float>()];
    }

    private static JsonObject ConfigOf(string folder) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject();

    private static void ChangeConfig(string folder, Action<JsonObject> change)
    {
        var config = ConfigOf(folder);
        change(config);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
    }

    public class SavingAndLoading
    {
        [Theory]
        [MemberData(nameof(ModelCases.Names), MemberType = typeof(ModelCases))]
        public void Gives_the_same_outputs(string name)
        {
            using var folder = new TemporaryFolder();
            using var model = ModelCases.Small[name].Build();
            ModelFolder.Save(model, folder.Path);
            using var loaded = ModelFolder.Load(folder.Path);
            Assert.Equal(Output(model), Output(loaded));
            Assert.Equal(model.Config.GetType(), loaded.Config.GetType());
            Assert.Empty(ConfigOf(folder.Path)["frugal"]!["replaced_layers"]!.AsObject());
        }

        [Fact]
        public void Rebuilds_replaced_layers_within_replaced_layers()
        {
            using var folder = new TemporaryFolder();
            using var model = vit.Build();
            ModuleSurgery.Replace(model, "blocks.0.mlp.fc1", LowRankLinear.Of((Linear)ModuleSurgery.Find(model, "blocks.0.mlp.fc1"), 4));
            ModuleSurgery.Replace(model, "blocks.0.mlp.fc1.up", LowRankLinear.Of((Linear)ModuleSurgery.Find(model, "blocks.0.mlp.fc1.up"), 2));
            ModuleSurgery.Replace(model, "blocks.1.attn.proj", LowRankLinear.Of((Linear)ModuleSurgery.Find(model, "blocks.1.attn.proj"), 3));
            ModelFolder.Save(model, folder.Path);
            using var loaded = ModelFolder.Load(folder.Path);
            Assert.Equal(Output(model), Output(loaded));

            var replaced = ConfigOf(folder.Path)["frugal"]!["replaced_layers"]!.AsObject();
            Assert.Equal(["blocks.0.mlp.fc1", "blocks.0.mlp.fc1.up", "blocks.1.attn.proj"], replaced.Select(layer => layer.Key));
            Assert.Equal(4, (int)replaced["blocks.0.mlp.fc1"]!["low-rank-linear"]!["rank"]!);

            ModelFolder.Save(loaded, folder.Path);
            using var again = ModelFolder.Load(folder.Path);
            Assert.Equal(Output(model), Output(again));
        }

        [Fact]
        public void Rebuilds_torchs_own_layers_of_other_sizes()
        {
            using var folder = new TemporaryFolder();
            using var model = ModelCases.Small["resnet for cifar"].Build();
            ModuleSurgery.ReplaceAll(model,
            [
                ("layer2.0.conv1", Conv2d(4, 3, 3, stride: 2, padding: 1, bias: false)),
                ("layer2.0.bn1", BatchNorm2d(3, eps: 1e-3)),
                ("layer2.0.act1", SiLU()),
                ("layer2.0.conv2", Sequential(("narrow", Conv2d(3, 2, 1)), ("wide", LowRankConv2d.Of(Conv2d(2, 8, 3, padding: 1), 2)))),
                ("layer2.1.bn2", Identity()),
                ("fc", Linear(8, 5, hasBias: false)),
            ]);
            ModelFolder.Save(model, folder.Path);
            using var loaded = ModelFolder.Load(folder.Path);
            Assert.Equal(Output(model), Output(loaded));
            Assert.Equal(1e-3, ((BatchNorm2d)ModuleSurgery.Find(loaded, "layer2.0.bn1")).eps);
        }

        [Fact]
        public void Keeps_a_reset_classifier_out_of_the_replaced_layers()
        {
            using var folder = new TemporaryFolder();
            using var model = vit.Build();
            model.ResetClassifier(9);
            ModelFolder.Save(model, folder.Path);
            using var loaded = ModelFolder.Load(folder.Path);
            Assert.Equal(9, loaded.NumClasses);
            Assert.Equal(Output(model), Output(loaded));
            Assert.Empty(ConfigOf(folder.Path)["frugal"]!["replaced_layers"]!.AsObject());
        }

        [Fact]
        public void Keeps_the_type_of_the_weights()
        {
            using var folder = new TemporaryFolder();
            using var model = vit.Build();
            model.to(ScalarType.BFloat16);
            ModelFolder.Save(model, folder.Path);
            using var loaded = ModelFolder.Load(folder.Path);
            Assert.All(loaded.parameters(), parameter => Assert.Equal(ScalarType.BFloat16, parameter.dtype));
        }

        [Fact]
        public void Works_for_a_model_made_by_its_constructor()
        {
            using var folder = new TemporaryFolder();
            using var model = new VisionTransformer(vit);
            ModuleSurgery.Replace(model, "blocks.0.attn.proj", new LowRankLinear(12, 12, 3));
            ModelFolder.Save(model, folder.Path);
            using var loaded = ModelFolder.Load(folder.Path);
            Assert.Equal(Output(model), Output(loaded));
        }

        [Fact]
        public void Keeps_the_classes_and_the_normalisation()
        {
            using var folder = new TemporaryFolder();
            var data = new ImageInfo(1, 8, 8, ["zero", "one", "2", "null", "true"], [0.25], [0.5]);
            using var model = vit.Build();
            ModelFolder.Save(model, folder.Path, data);
            var load = ModelFolder.LoadWhatFits(folder.Path);
            using (load.Model)
            {
                Assert.Equal(data.ClassNames, load.Data!.ClassNames);
                var images = Assert.IsType<ImageInfo>(load.Data);
                Assert.Equal((1, 8, 8, 0.25, 0.5), (images.Channels, images.Height, images.Width, images.Mean[0], images.Std[0]));
            }
        }

        [Fact]
        public void A_layer_that_no_file_can_describe_is_refused_by_name()
        {
            using var folder = new TemporaryFolder();
            using var model = vit.Build();
            ModuleSurgery.Replace(model, "blocks.0.attn.proj", new Nameless());
            var error = Assert.Throws<FrugalException>(() => ModelFolder.Save(model, folder.Path));
            Assert.Contains("blocks.0.attn.proj (Nameless)", error.Message, StringComparison.Ordinal);
            Assert.Empty(folder.Names());
        }

        private sealed class Nameless() : Module<Tensor, Tensor>(nameof(Nameless))
        {
            public override Tensor forward(Tensor input) => input.alias();
        }
    }

    public class TimmCheckpoints
    {
        /// <summary>A folder as timm leaves it: its config.json, and a state dictionary under its names.</summary>
        private static TemporaryFolder Checkpoint(string architecture, ModelConfig config, string pretrained, out float[] output)
        {
            var folder = new TemporaryFolder();
            using var model = config.Build();
            output = Output(model);
            HuggingFaceFolder.Write(folder.Path, $$"""
                {
                  "architecture": "{{architecture}}",
                  "num_classes": {{model.NumClasses}},
                  "num_features": {{model.NumFeatures}},
                  "global_pool": "avg",
                  "pretrained_cfg": {{pretrained}}
                }
                """, model.state_dict().Select(weight => (weight.Key, weight.Value)));
            return folder;
        }

        [Fact]
        public void A_resnet50_loads_by_name()
        {
            const string pretrained = """{ "tag": "a1_in1k", "input_size": [3, 64, 64], "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "classifier": "fc" }""";
            using var folder = Checkpoint("resnet50", ResNetConfig.ResNet50 with { ImageSize = 64 }, pretrained, out float[] output);
            using var loaded = ModelFolder.Load(folder.Path);
            Assert.Equal(output, Output(loaded));
            Assert.Equal([3, 64, 64], loaded.InputShape);
        }

        [Fact]
        public void A_resnet_has_timms_names_and_no_others()
        {
            using var model = ResNetConfig.ResNet50.Build();
            var names = model.state_dict().ToDictionary(weight => weight.Key, weight => weight.Value.shape);
            Assert.Equal(320, names.Count);
            Assert.Equal([64, 3, 7, 7], names["conv1.weight"]);
            Assert.Equal([], names["bn1.num_batches_tracked"]);
            Assert.Equal([256, 64, 1, 1], names["layer1.0.downsample.0.weight"]);
            Assert.Equal([256], names["layer1.0.downsample.1.running_var"]);
            Assert.Equal([512, 512, 3, 3], names["layer4.2.conv2.weight"]);
            Assert.Equal([1000, 2048], names["fc.weight"]);
        }

        [Fact]
        public void A_vit_has_timms_names_and_no_others()
        {
            using var model = VisionTransformerConfig.TinyPatch16.Build();
            var names = model.state_dict().ToDictionary(weight => weight.Key, weight => weight.Value.shape);
            Assert.Equal(4 + 12 * 12 + 4, names.Count);
            Assert.Equal([1, 1, 192], names["cls_token"]);
            Assert.Equal([1, 197, 192], names["pos_embed"]);
            Assert.Equal([192, 3, 16, 16], names["patch_embed.proj.weight"]);
            Assert.Equal([576, 192], names["blocks.11.attn.qkv.weight"]);
            Assert.Equal([768], names["blocks.0.mlp.fc1.bias"]);
            Assert.Equal([192], names["norm.bias"]);
            Assert.Equal([1000, 192], names["head.weight"]);
        }

        [Fact]
        public void A_tag_after_the_architectures_name_is_ignored()
        {
            using var folder = new TemporaryFolder();
            using (var model = (ResNetConfig.ResNet20 with { NumClasses = 3 }).Build())
                ModelFolder.Save(model, folder.Path);
            ChangeConfig(folder.Path, config => config["architecture"] = "resnet20.in1k");
            ModelFolder.Load(folder.Path).Dispose();
        }

        [Fact]
        public void timms_arguments_are_understood()
        {
            using var folder = new TemporaryFolder();
            using (var model = (VisionTransformerConfig.TinyPatch16 with { ImageSize = 32, InChannels = 1, NumClasses = 2, Pooling = TokenPooling.Average }).Build())
                ModelFolder.Save(model, folder.Path);
            ChangeConfig(folder.Path, config =>
            {
                config["architecture"] = "vit_tiny_patch16_224";
                config["model_args"] = JsonNode.Parse("""{ "img_size": [32, 32], "in_chans": 1, "global_pool": "avg" }""");
                config.Remove("frugal");
            });
            using var loaded = ModelFolder.Load(folder.Path);
            Assert.Equal([1, 32, 32], loaded.InputShape);
        }

        [Fact]
        public void A_published_size_is_saved_under_its_name()
        {
            using var folder = new TemporaryFolder();
            using var model = (ResNetConfig.ResNet20 with { InChannels = 1 }).Build();
            ModelFolder.Save(model, folder.Path);
            Assert.Equal("resnet20", (string)ConfigOf(folder.Path)["architecture"]!);
            Assert.Equal("""{"in_chans":1}""", ConfigOf(folder.Path)["model_args"]!.ToJsonString());
        }
    }

    public class WhatDoesNotFit
    {
        private static TemporaryFolder Saved(Action<Dictionary<string, Tensor>> change)
        {
            var folder = new TemporaryFolder();
            using var scope = NewDisposeScope();
            using var model = vit.Build();
            ModelFolder.Save(model, folder.Path);
            var weights = model.state_dict();
            change(weights);
            SafetensorsWriter.Write(folder.File("model.safetensors"), weights.Select(weight => (weight.Key, weight.Value)));
            return folder;
        }

        [Fact]
        public void Is_listed_with_names_and_shapes()
        {
            using var folder = Saved(weights =>
            {
                weights.Remove("norm.weight");
                weights["norms.weight"] = zeros(12);
                weights["blocks.1.mlp.fc1.weight"] = zeros(47, 12);
            });
            string error = Assert.Throws<FrugalException>(() => ModelFolder.Load(folder.Path)).Message;
            Assert.Contains("1 missing: norm.weight", error, StringComparison.Ordinal);
            Assert.Contains("1 unexpected: norms.weight", error, StringComparison.Ordinal);
            Assert.Contains("blocks.1.mlp.fc1.weight: [48, 12] expected, [47, 12] found", error, StringComparison.Ordinal);

            var load = ModelFolder.LoadWhatFits(folder.Path);
            load.Model.Dispose();
            Assert.Equal(["norm.weight"], load.Weights.Missing);
            Assert.Equal(["norms.weight"], load.Weights.Unexpected);
            Assert.Equal("blocks.1.mlp.fc1.weight", Assert.Single(load.Weights.WronglyShaped).Name);
        }

        [Fact]
        public void Another_number_of_classes_makes_a_fresh_classifier_and_says_so()
        {
            using var folder = Saved(_ => { });
            var load = ModelFolder.LoadWhatFits(folder.Path, numClasses: 7);
            using (load.Model)
            {
                Assert.True(load.Weights.IsComplete);
                Assert.Equal(["head is a fresh classifier for 7 classes; the file's is for 5 classes."], load.Notes);
                Assert.Equal(14, Output(load.Model).Length);
            }
        }

        [Fact]
        public void The_same_number_of_classes_keeps_the_classifier()
        {
            using var folder = Saved(_ => { });
            var load = ModelFolder.LoadWhatFits(folder.Path, numClasses: 5);
            using var kept = ModelFolder.Load(folder.Path);
            using (load.Model)
                Assert.Equal(Output(kept), Output(load.Model));
            Assert.Empty(load.Notes);
        }

        [Fact]
        public void Another_image_size_resamples_the_positions_and_says_so()
        {
            using var folder = Saved(weights => weights["pos_embed"] = arange(5).view(1, 5, 1).expand(1, 5, 12).to(float32).contiguous());
            var load = ModelFolder.LoadWhatFits(folder.Path, imageSize: 16);
            using (load.Model)
            {
                Assert.True(load.Weights.IsComplete);
                Assert.Equal(["pos_embed was resampled from [1, 5, 12] to [1, 17, 12]."], load.Notes);
                using var scope = NewDisposeScope();
                var positions = load.Model.state_dict()["pos_embed"].select(2, 0).squeeze(0);
                Assert.Equal(0, positions[0].item<float>());
                // Bicubic enlargement is symmetric: the mean of a grid that rises evenly stays.
                Assert.Equal(2.5, positions.narrow(0, 1, 16).mean().item<float>(), 1e-5);
                Assert.True(positions[1].item<float>() < positions[16].item<float>());
            }
        }

        [Fact]
        public void A_fine_tuning_recipe_goes_on_from_a_folder()
        {
            using var folder = Saved(_ => { });
            var data = new ImageInfo(1, 16, 16, ["a", "b"], [0.5], [0.5]);
            using var model = new SavedModelConfig { Path = folder.Path }.FitTo(data).Build();
            Assert.Equal(4, Output(model).Length);
            Assert.IsType<VisionTransformerConfig>(model.Config);
        }

        [Fact]
        public void Data_with_other_channels_is_refused()
        {
            using var folder = Saved(_ => { });
            var data = new ImageInfo(3, 8, 8, ["a", "b", "c", "d", "e"], [0.5], [0.5]);
            Assert.Contains("1 channels", Assert.Throws<FrugalException>(() => new SavedModelConfig { Path = folder.Path }.FitTo(data).Build()).Message, StringComparison.Ordinal);
        }

        [Theory]
        [InlineData("resnett50", "did you mean `resnet50`?")]
        [InlineData("efficientnet_b0", "there is no model `efficientnet_b0`")]
        public void An_unknown_architecture_is_refused(string architecture, string reason)
        {
            using var folder = Saved(_ => { });
            ChangeConfig(folder.Path, config => config["architecture"] = architecture);
            Assert.Contains(reason, Assert.Throws<FrugalException>(() => ModelFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
        }

        [Fact]
        public void A_config_without_architecture_is_refused()
        {
            using var folder = Saved(_ => { });
            ChangeConfig(folder.Path, config => config.Remove("architecture"));
            Assert.Contains("names no `architecture`", Assert.Throws<FrugalException>(() => ModelFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
        }

        [Fact]
        public void A_small_file_that_asks_for_a_huge_model_is_refused()
        {
            using var folder = Saved(_ => { });
            ChangeConfig(folder.Path, config => config["model_args"] = JsonNode.Parse("""{ "embed_dim": 60000, "depth": 900, "num_heads": 3 }"""));
            Assert.Contains("one of the two is wrong", Assert.Throws<FrugalException>(() => ModelFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
        }

        [Theory]
        [InlineData("""{ "blocks.9.attn.proj": { "low-rank-linear": { "in-features": 12, "out-features": 12, "rank": 2 } } }""", "blocks.9.attn.proj")]
        [InlineData("""{ "blocks.0.attn.proj": { "low-rank-linar": { "in-features": 12 } } }""", "did you mean `low-rank-linear`?")]
        [InlineData("""{ "blocks.0.attn.proj": { "low-rank-linear": { "in-features": 12, "out-features": 12, "rank": 0 } } }""", "rank")]
        public void A_replaced_layer_that_cannot_be_is_refused(string layers, string reason)
        {
            using var folder = Saved(_ => { });
            ChangeConfig(folder.Path, config => config["frugal"]!["replaced_layers"] = JsonNode.Parse(layers));
            Assert.Contains(reason, Assert.Throws<FrugalException>(() => ModelFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Reading_the_description_alone_needs_no_weights()
    {
        using var folder = new TemporaryFolder();
        using (var model = vit.Build())
            ModelFolder.Save(model, folder.Path);
        Assert.Equal(12, Assert.IsType<VisionTransformerConfig>(ModelFolder.ReadConfig(folder.Path)).EmbedDim);
    }
}

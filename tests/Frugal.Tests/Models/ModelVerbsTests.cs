using Frugal.Data;
using Frugal.Models;
using Frugal.Models.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Models;

/// <summary>What every architecture must answer, whatever it is.</summary>
public class ModelVerbsTests
{
    private const int Batch = 3;

    private static (Model Model, Tensor Input) Make(string name)
    {
        var model = ModelCases.Small[name].Build();
        return (model, rand([Batch, .. model.InputShape]));
    }

    [Theory]
    [MemberData(nameof(ModelCases.Names), MemberType = typeof(ModelCases))]
    public void Logits_have_one_row_an_example_and_one_column_a_class(string name)
    {
        using var scope = NewDisposeScope();
        var (model, input) = Make(name);
        using (model)
            Assert.Equal([Batch, 5], model.call(input).shape);
    }

    [Theory]
    [MemberData(nameof(ModelCases.Names), MemberType = typeof(ModelCases))]
    public void Two_passes_in_evaluation_are_equal(string name)
    {
        using var scope = NewDisposeScope();
        var (model, input) = Make(name);
        using (model)
        {
            model.eval();
            Assert.Equal(model.call(input).data<float>().ToArray(), model.call(input).data<float>().ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(ModelCases.Names), MemberType = typeof(ModelCases))]
    public void Head_of_features_is_the_whole(string name)
    {
        using var scope = NewDisposeScope();
        var (model, input) = Make(name);
        using (model)
        {
            model.eval();
            var features = model.ForwardFeatures(input);
            Assert.Equal(model.call(input).data<float>().ToArray(), model.ForwardHead(features).data<float>().ToArray());
            Assert.Equal([Batch, model.NumFeatures], model.ForwardHead(features, preLogits: true).shape);
        }
    }

    [Theory]
    [MemberData(nameof(ModelCases.Names), MemberType = typeof(ModelCases))]
    public void Resetting_the_classifier_changes_the_classes_and_the_config(string name)
    {
        using var scope = NewDisposeScope();
        var (model, input) = Make(name);
        using (model)
        {
            model.ResetClassifier(7);
            Assert.Equal([Batch, 7], model.call(input).shape);
            Assert.Equal(7, model.Config.NumClasses);
            model.ResetClassifier(0);
            Assert.Equal([Batch, model.NumFeatures], model.call(input).shape);
            Assert.Throws<ArgumentOutOfRangeException>(() => model.ResetClassifier(-1));
        }
    }

    [Theory]
    [MemberData(nameof(ModelCases.Names), MemberType = typeof(ModelCases))]
    public void The_classifier_is_where_its_path_says(string name)
    {
        using var scope = NewDisposeScope();
        var (model, _) = Make(name);
        using (model)
        {
            var widths = Frugal.Layers.Surgery.ModuleSurgery.Find(model, model.ClassifierPath) switch
            {
                TorchSharp.Modules.Linear linear => (linear.in_features, linear.out_features),
                Frugal.Layers.KanLinear kan => (kan.InFeatures, kan.OutFeatures),
                var other => throw new InvalidOperationException($"{other.GetName()} is no classifier"),
            };
            Assert.Equal((model.NumFeatures, 5), widths);
        }
    }

    [Theory]
    [MemberData(nameof(ModelCases.Names), MemberType = typeof(ModelCases))]
    public void Layer_groups_cover_every_parameter_and_end_with_the_classifier(string name)
    {
        using var scope = NewDisposeScope();
        var (model, _) = Make(name);
        using (model)
        {
            var names = model.named_parameters().Select(p => p.name).ToList();
            Assert.Equal(Enumerable.Range(0, model.NumLayerGroups), names.Select(model.LayerGroupOf).Distinct().Order());
            Assert.All(names, n => Assert.Contains(model.LayerGroups.SelectMany(g => g), path => n.StartsWith(path + ".", StringComparison.Ordinal) || n == path));
            Assert.Equal(model.NumLayerGroups - 1, model.LayerGroupOf(model.ClassifierPath + ".weight"));
        }
    }

    [Theory]
    [MemberData(nameof(ModelCases.Names), MemberType = typeof(ModelCases))]
    public void A_pass_leaves_only_its_result_behind(string name)
    {
        using var outer = NewDisposeScope();
        var (model, input) = Make(name);
        using (model)
        {
            foreach (bool training in new[] { true, false })
            {
                model.train(training);
                using var scope = NewDisposeScope();
                model.call(input);
                Assert.Equal(1, scope.DisposablesCount);
            }
        }
    }

    [Theory]
    [MemberData(nameof(ModelCases.Names), MemberType = typeof(ModelCases))]
    public void A_model_outlives_the_scope_it_was_built_in(string name)
    {
        Model model;
        using (NewDisposeScope())
            model = ModelCases.Small[name].Build();
        using (model)
        using (NewDisposeScope())
            Assert.Equal([Batch, 5], model.call(rand([Batch, .. model.InputShape])).shape);
    }

    [Theory]
    [MemberData(nameof(ModelCases.Names), MemberType = typeof(ModelCases))]
    public void Double_precision_and_back(string name)
    {
        using var scope = NewDisposeScope();
        var (model, input) = Make(name);
        using (model)
        {
            model.eval();
            var expected = model.call(input);
            model.to(ScalarType.Float64);
            var result = model.call(input.to(ScalarType.Float64));
            Assert.Equal(ScalarType.Float64, result.dtype);
            Assert.True(result.to(ScalarType.Float32).allclose(expected, rtol: 1e-4, atol: 1e-5));
        }
    }

    [Fact]
    public void What_is_open_comes_from_the_data()
    {
        var data = new ImageInfo(1, 28, 20, ["a", "b", "c"], [0.5], [0.5]);
        using var model = new MlpConfig { HiddenSizes = [4] }.FitTo(data).Build();
        Assert.Equal((3, "28x20"), (model.NumClasses, Assert.IsAssignableFrom<ImageModelConfig>(model.Config).ImageSize.ToString()));
        Assert.Equal([1, 28, 20], model.InputShape);
    }

    [Fact]
    public void What_the_options_say_wins_over_the_data()
    {
        var data = new ImageInfo(1, 28, 28, ["a", "b", "c"], [0.5], [0.5]);
        Assert.Equal(11, new MlpConfig { NumClasses = 11 }.FitTo(data).NumClasses);
    }

    [Fact]
    public void Images_of_another_size_are_refused_with_both_shapes()
    {
        using var scope = NewDisposeScope();
        using var model = new MlpConfig { ImageSize = 8, InChannels = 1 }.Build();
        var error = Assert.Throws<FrugalException>(() => model.call(zeros(2, 3, 9, 9)));
        Assert.Contains("[batch, 1, 8, 8]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[2, 3, 9, 9]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_convnet_deeper_than_its_image_is_refused() =>
        Assert.Contains("cannot be halved 4 times", Assert.Throws<FrugalException>(() => new ConvNetConfig { Channels = [2, 2, 2, 2], ImageSize = 8 }.Build()).Message, StringComparison.Ordinal);
}

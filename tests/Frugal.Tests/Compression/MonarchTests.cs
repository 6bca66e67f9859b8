using Frugal.Compression;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Tests.Models;
using Frugal.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression;

public class MonarchTests
{
    private static readonly MlpConfig mlp = new() { HiddenSizes = [24, 24] };

    private static Subject Subject(Notes? notes = null, long seed = 0) => TinySubject.Of(mlp, observer: notes, seed: seed);

    private static string[] LayersIn(Model model) => [.. model.named_modules().Where(child => child.module is MonarchLinear).Select(child => child.name)];

    private static float[] Outputs(Model model)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        model.eval();
        return model.call(randn([4, .. model.InputShape], generator: generator)).data<float>().ToArray();
    }

    public class Projected
    {
        [Fact]
        public void Hidden_layers_become_Monarch_and_the_classifier_stays()
        {
            var notes = new Notes();
            using var subject = Subject(notes);
            new MonarchFactorization().Apply(subject);
            Assert.Equal(["layers.fc1", "layers.fc2"], LayersIn(subject.Model));
            Assert.Equal(2, notes.Texts.Count);
            Assert.All(notes.Texts, text => Assert.Matches(@"^monarch: 'layers\.fc.' keeps \d+\.\d % of", text));
        }

        [Fact]
        public void Weights_are_the_projection_and_biases_are_kept()
        {
            using var scope = NewDisposeScope();
            using var subject = Subject();
            var linear = (TorchSharp.Modules.Linear)ModuleSurgery.Find(subject.Model, "layers.fc1");
            Tensor weight = linear.weight!.detach().clone(), bias = linear.bias!.detach().clone();
            new MonarchFactorization { NumBlocks = 2, Include = ["*fc1"] }.Apply(subject);
            var layer = (MonarchLinear)ModuleSurgery.Find(subject.Model, "layers.fc1");
            using var expected = MonarchLinear.Project(weight, bias, 2);
            Assert.Equal(expected.DenseWeight().data<float>().ToArray(), layer.DenseWeight().data<float>().ToArray());
            Assert.Equal(bias.data<float>().ToArray(), layer.Bias!.data<float>().ToArray());
        }

        [Fact]
        public void The_result_follows_from_the_weights_alone()
        {
            using var first = Subject();
            using var second = Subject(seed: 1);
            second.Model.load_state_dict(first.Model.state_dict());
            new MonarchFactorization().Apply(first);
            new MonarchFactorization().Apply(second);
            Assert.Equal(TinySubject.Bytes(first), TinySubject.Bytes(second));
        }

        [Fact]
        public void A_layer_that_would_not_shrink_is_noted_and_left()
        {
            var notes = new Notes();
            using var subject = Subject(notes);
            new MonarchFactorization { NumBlocks = 1 }.Apply(subject);
            Assert.Empty(LayersIn(subject.Model));
            Assert.All(notes.Texts, text => Assert.Contains("stays as it is", text, StringComparison.Ordinal));
        }
    }

    public class Fresh
    {
        private static byte[] Weights(long seed)
        {
            using var subject = Subject(seed: seed);
            new MonarchFactorization { Init = FactorStart.Fresh }.Apply(subject);
            Assert.Equal(["layers.fc1", "layers.fc2"], LayersIn(subject.Model));
            return TinySubject.Bytes(subject);
        }

        [Fact]
        public void Weights_follow_from_the_seed_and_from_nothing_else()
        {
            byte[] first = Weights(3);
            using (rand(1000))
                Assert.Equal(first, Weights(3));
            Assert.NotEqual(first, Weights(4));
        }

        [Fact]
        public void Layers_of_one_shape_get_different_weights()
        {
            using var scope = NewDisposeScope();
            using var subject = TinySubject.Of(new MlpConfig { HiddenSizes = [24, 24, 24] });
            new MonarchFactorization { Init = FactorStart.Fresh, Include = ["*fc2", "*fc3"] }.Apply(subject);
            var weights = subject.Model.state_dict();
            Assert.NotEqual(weights["layers.fc2.blkdiag1"].data<float>().ToArray(), weights["layers.fc3.blkdiag1"].data<float>().ToArray());
        }

        [Fact]
        public void Training_learns_the_data()
        {
            using var subject = TinySubject.Of(mlp, examples: 128);
            new MonarchFactorization { Init = FactorStart.Fresh }.Apply(subject);
            new Train { Epochs = 8, BatchSize = 16, Optimizer = new Frugal.Training.Optimizers.Adam { Lr = 0.01 } }.Apply(subject);
            Assert.True(subject.Curve[^1].ValidationAccuracy > 0.9, $"validation accuracy {subject.Curve[^1].ValidationAccuracy}");
        }
    }

    public class To_dense
    {
        [Fact]
        public void Outputs_stay_and_the_layers_are_ordinary_again()
        {
            using var subject = Subject();
            new MonarchFactorization { Init = FactorStart.Fresh }.Apply(subject);
            float[] before = Outputs(subject.Model);
            new MonarchToDense().Apply(subject);
            Assert.Empty(LayersIn(subject.Model));
            Assert.IsType<TorchSharp.Modules.Linear>(ModuleSurgery.Find(subject.Model, "layers.fc1"));
            Assert.All(before.Zip(Outputs(subject.Model)), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }

        [Fact]
        public void Only_chosen_layers_change()
        {
            using var subject = Subject();
            new MonarchFactorization().Apply(subject);
            new MonarchToDense { Exclude = ["*fc1"] }.Apply(subject);
            Assert.Equal(["layers.fc1"], LayersIn(subject.Model));
        }

        [Fact]
        public void A_network_without_Monarch_layers_is_refused()
        {
            using var subject = Subject();
            Assert.Throws<FrugalException>(() => new MonarchToDense().Apply(subject));
        }
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("vit")]
    [InlineData("vit with mean pooling")]
    public void Networks_with_linear_layers_learn_and_are_saved(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = ModelCases.Small[name].Build();
        Assert.NotEmpty(Monarch.Project(model, 2));
        var input = ones([2, .. model.InputShape]);
        model.train();
        model.call(input).square().sum().backward();
        Assert.All(model.named_parameters(), named => Assert.True(named.parameter.grad is not null, named.name));
        model.eval();
        ModelFolder.Save(model, folder.Path);
        using var again = ModelFolder.Load(folder.Path);
        again.eval();
        Assert.Equal(model.call(input).data<float>().ToArray(), again.call(input).data<float>().ToArray());
    }

    [Fact]
    public void Blocks_out_of_range_are_refused_by_name()
    {
        Assert.Equal("NumBlocks", Assert.Throws<ArgumentOutOfRangeException>(() => new MonarchFactorization { NumBlocks = 0 }).ParamName);
        using var model = mlp.Build();
        Assert.Equal("numBlocks", Assert.Throws<ArgumentOutOfRangeException>(() => Monarch.Project(model, 0)).ParamName);
    }
}

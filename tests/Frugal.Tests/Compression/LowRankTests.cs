using Frugal.Compression;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression;

public class LowRankTests
{
    private static readonly MlpConfig mlp = new() { HiddenSizes = [24, 20] };

    public static TheoryData<string> Models => [.. ModelCases.OfPlainLayers];

    private static Subject Subject(Notes? notes = null) => TinySubject.Of(mlp, observer: notes);

    private static string[] LayersIn(Model model) => [.. model.named_modules().Where(child => child.module is Layer).Select(child => child.name)];

    public class Rank
    {
        [Fact]
        public void Hidden_layers_get_it_and_the_classifier_stays()
        {
            using var subject = Subject();
            new LowRankFactorization { Rank = 3 }.Apply(subject);
            Assert.Equal(["layers.fc1", "layers.fc2"], LayersIn(subject.Model));
            var layer = (LowRankLinear)ModuleSurgery.Find(subject.Model, "layers.fc1");
            Assert.Equal((36, 24, 3), (layer.InFeatures, layer.OutFeatures, layer.Rank));
        }

        [Fact]
        public void The_classifier_takes_part_when_asked()
        {
            using var subject = Subject();
            new LowRankFactorization { Rank = 2, Include = ["head"], IncludeClassifier = true }.Apply(subject);
            Assert.Equal(["head"], LayersIn(subject.Model));
        }

        [Fact]
        public void The_output_is_that_of_the_truncated_weights()
        {
            using var scope = NewDisposeScope();
            using var subject = Subject();
            var weight = ((TorchSharp.Modules.Linear)ModuleSurgery.Find(subject.Model, "layers.fc1")).weight!.detach().to(float64).clone();
            new LowRankFactorization { Rank = 4, Include = ["*fc1"] }.Apply(subject);
            var (up, down) = LowRankMath.Factor(weight, 4);
            var product = subject.Model.state_dict()["layers.fc1.up.weight"].matmul(subject.Model.state_dict()["layers.fc1.down.weight"]);
            Assert.True(allclose(product, up.matmul(down).to(float32), rtol: 1e-4, atol: 1e-5));
        }

        [Fact]
        public void Above_full_rank_is_refused_and_changes_nothing()
        {
            using var subject = Subject();
            byte[] before = TinySubject.Bytes(subject);
            var error = Assert.Throws<FrugalException>(() => new LowRankFactorization { Rank = 21 }.Apply(subject));
            Assert.Contains("'layers.fc2'", error.Message, StringComparison.Ordinal);
            Assert.Contains("rank 21", error.Message, StringComparison.Ordinal);
            Assert.Contains("between 1 and 20", error.Message, StringComparison.Ordinal);
            Assert.Empty(LayersIn(subject.Model));
            Assert.Equal(before, TinySubject.Bytes(subject));
        }

        [Fact]
        public void One_that_saves_nothing_is_noted_and_leaves_the_layer()
        {
            var notes = new Notes();
            using var subject = Subject(notes);
            // Two factors of rank 12 have 12·44 = 528 entries against 480, and 12·60 = 720 against 864.
            new LowRankFactorization { Rank = 12 }.Apply(subject);
            Assert.Equal(["layers.fc1"], LayersIn(subject.Model));
            Assert.Contains("'layers.fc2' stays as it is", Assert.Single(notes.Texts), StringComparison.Ordinal);
        }

        [Fact]
        public void Full_rank_changes_nothing()
        {
            using var subject = Subject();
            byte[] before = TinySubject.Bytes(subject);
            new LowRankFactorization { Rank = 20 }.Apply(subject);
            Assert.Equal(before, TinySubject.Bytes(subject));
        }
    }

    public class Energy
    {
        [Fact]
        public void All_of_it_is_full_rank_and_changes_nothing()
        {
            using var subject = Subject();
            byte[] before = TinySubject.Bytes(subject);
            new LowRankFactorization { Energy = 1 }.Apply(subject);
            Assert.Equal(before, TinySubject.Bytes(subject));
        }

        [Theory]
        [InlineData(0.3)]
        [InlineData(0.6)]
        public void At_least_the_share_is_kept_and_one_rank_less_would_not_do(double energy)
        {
            using var scope = NewDisposeScope();
            using var subject = Subject();
            var weight = ((TorchSharp.Modules.Linear)ModuleSurgery.Find(subject.Model, "layers.fc1")).weight!.detach().to(float64).clone();
            new LowRankFactorization { Energy = energy, Include = ["*fc1"] }.Apply(subject);
            long rank = ((LowRankLinear)ModuleSurgery.Find(subject.Model, "layers.fc1")).Rank;
            double[] squares = [.. linalg.svd(weight, fullMatrices: false).S.data<double>().ToArray().Select(value => value * value)];
            Assert.True(squares.Take((int)rank).Sum() >= energy * squares.Sum());
            Assert.True(squares.Take((int)rank - 1).Sum() < energy * squares.Sum());
        }
    }

    public class Options
    {
        [Fact]
        public void Rank_and_energy_exclude_each_other()
        {
            using var subject = Subject();
            Assert.Contains("set one", Assert.Throws<FrugalException>(() => new LowRankFactorization { Rank = 2, Energy = 0.5 }.Apply(subject)).Message, StringComparison.Ordinal);
        }

        [Fact]
        public void Values_out_of_range_are_refused_by_name()
        {
            Assert.Equal("Rank", Assert.Throws<ArgumentOutOfRangeException>(() => new LowRankFactorization { Rank = 0 }).ParamName);
            Assert.Equal("Energy", Assert.Throws<ArgumentOutOfRangeException>(() => new LowRankFactorization { Energy = 0 }).ParamName);
            Assert.Equal("Energy", Assert.Throws<ArgumentOutOfRangeException>(() => new LowRankFactorization { Energy = 1.1 }).ParamName);
            Assert.Throws<ArgumentException>(() => new LowRankFactorization { Include = [""] });
        }

        [Fact]
        public void A_pattern_without_a_match_is_refused()
        {
            using var subject = Subject();
            Assert.Contains("did you mean", Assert.Throws<FrugalException>(() => new LowRankFactorization { Rank = 2, Exclude = ["layers.fc3"] }.Apply(subject)).Message, StringComparison.Ordinal);
        }

        [Fact]
        public void A_choice_that_leaves_no_layer_is_refused()
        {
            using var subject = Subject();
            Assert.Contains("no layer left", Assert.Throws<FrugalException>(() => new LowRankFactorization { Rank = 2, Include = ["head"] }.Apply(subject)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Models), MemberType = typeof(LowRankTests))]
    public void Every_architecture_is_factorized_learns_and_is_saved(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = ModelCases.Small[name].Build();
        long before = model.parameters().Sum(parameter => parameter.numel());
        Assert.NotEmpty(LowRank.Factorize(model, RankRule.Fixed(1)));
        Assert.True(model.parameters().Sum(parameter => parameter.numel()) < before);
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
}

using Frugal.Growth;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Training;
using Frugal.Training.Methods.Kan;
using static TorchSharp.torch;
using Adam = Frugal.Training.Optimizers.Adam;
using Identity = TorchSharp.Modules.Identity;
using Linear = TorchSharp.Modules.Linear;

namespace Frugal.Tests.Training.Methods.Kan;

public class SelectFamiliesTests
{
    private static readonly KanConfig net = new() { ConvChannels = [3], HiddenSizes = [6], Pool = [KanFamily.Bspline, KanFamily.Rbf, KanFamily.Chebyshev] };

    private static Train Training(SelectFamilies method, int updates = 40) => new() { Updates = updates, BatchSize = 16, Optimizer = new Adam { Lr = 0.01 }, Methods = [method] };

    private static List<KanLayer> LayersOf(Subject subject) => [.. LayerSelection.All.Of<KanLayer>(subject.Model).Select(layer => layer.Layer)];

    [Theory]
    [InlineData(KanSelectionRule.Fit)]
    [InlineData(KanSelectionRule.Gate)]
    public void Leaves_one_family_at_each_node_and_a_network_that_learned(KanSelectionRule rule)
    {
        using var subject = TinySubject.Of(net);
        long before = subject.Model.parameters().Sum(parameter => parameter.numel());
        Training(new SelectFamilies { Rule = rule }, updates: 60).Apply(subject);
        Assert.All(LayersOf(subject), layer => Assert.Equal(layer.NumInputs, layer.Families!.Count));
        Assert.True(subject.Model.parameters().Sum(parameter => parameter.numel()) < 0.6 * before);
        Assert.True(subject.Curve[^1].TrainingAccuracy > 0.8);
    }

    [Fact]
    public void Holds_the_weights_of_chosen_families_until_they_are_folded_in()
    {
        using var subject = TinySubject.Of(net);
        var seen = new List<(long Update, Tensor Gates)>();
        using var scope = NewDisposeScope();
        var layer = LayersOf(subject)[1];
        var watching = new Hooks { AfterUpdate = fit => seen.Add((fit.Update, layer.Gates().detach().clone().DetachFromDisposeScope())) };
        var train = new Train { Updates = 20, BatchSize = 16, Methods = [new SelectFamilies { Full = 0.5, Selective = 0.25 }, watching] };
        train.Apply(subject);
        var selected = seen.Where(each => each.Update is >= 10 and < 14).Select(each => each.Gates).ToList();
        Assert.All(selected, gates => Assert.True(gates.equal(selected[0]).all().item<bool>()));
        Assert.True(selected[0].ne(0).sum(1).eq(1).all().item<bool>());
        Assert.True(seen[2].Gates.gt(0).all().item<bool>());
        Assert.False(seen[2].Gates.equal(seen[5].Gates).all().item<bool>());
        Assert.All(seen.Where(each => each.Update >= 15), each => Assert.True(each.Gates.eq(1).logical_or(each.Gates.eq(0)).all().item<bool>()));
    }

    [Fact]
    public void Removed_edges_stay_away()
    {
        using var subject = TinySubject.Of(net);
        Training(new SelectFamilies { EdgeThreshold = 0.9, Full = 0.4, Selective = 0.2 }).Apply(subject);
        using var scope = NewDisposeScope();
        var weight = LayersOf(subject)[1].get_parameter("base_weight")!;
        long zeros = weight.eq(0).sum().item<long>();
        Assert.InRange(zeros, weight.numel() / 10, weight.numel() * 9 / 10);
    }

    [Fact]
    public void Refuses_models_with_nothing_to_choose_and_phases_that_are_too_long()
    {
        using var plain = TinySubject.Of();
        Assert.Contains("kan-layers", Assert.Throws<FrugalException>(() => Training(new SelectFamilies()).Apply(plain)).Message, StringComparison.Ordinal);
        using var kan = TinySubject.Of(net);
        Assert.Contains("before the last phase", Assert.Throws<FrugalException>(() => Training(new SelectFamilies { Full = 0.8, Selective = 0.8 }).Apply(kan)).Message, StringComparison.Ordinal);
    }

    public class Replacing
    {
        [Fact]
        public void Takes_linear_layers_with_their_activations_and_spares_the_classifier()
        {
            using var subject = TinySubject.Of(new MlpConfig { HiddenSizes = [12, 8] });
            new KanLayers().Apply(subject);
            Assert.Equal(2, LayerSelection.All.Of<KanLinear>(subject.Model).Count);
            Assert.IsType<Linear>(ModuleSurgery.Find(subject.Model, "head"));
            Assert.IsType<Identity>(ModuleSurgery.Find(subject.Model, "layers.act1"));
            Training(new SelectFamilies(), updates: 60).Apply(subject);
            Assert.True(subject.Curve[^1].TrainingAccuracy > 0.8);
        }

        [Fact]
        public void Takes_convolutions_only_when_asked()
        {
            using var subject = TinySubject.Of(TinySubject.ConvNet);
            Assert.Throws<FrugalException>(() => new KanLayers().Apply(subject));
            new KanLayers { IncludeConvolutions = true, IncludeClassifier = true, Pool = [KanFamily.Rbf, KanFamily.Wavelet] }.Apply(subject);
            Assert.Equal(3, LayersOf(subject).Count);
        }

        [Theory]
        [InlineData(KanFamily.Bspline, "spline_scaler")]
        [InlineData(KanFamily.Rbf, "norm.weight")]
        [InlineData(KanFamily.Wavelet, "norm.running_mean")]
        [InlineData(KanFamily.Jacobi, "kan.jacobi")]
        [InlineData(KanFamily.Rswaf, "norm.bias")]
        public void Builds_the_authors_layer_of_a_family(KanFamily family, string has)
        {
            using var subject = TinySubject.Of(new MlpConfig { HiddenSizes = [12] });
            new KanLayers { Pool = [family], AsPublished = true }.Apply(subject);
            Assert.Contains($"layers.fc1.{has}", subject.Model.state_dict().Keys);
            new Train { Updates = 60, BatchSize = 16, Optimizer = new Adam { Lr = 0.01 } }.Apply(subject);
            Assert.True(subject.Curve[^1].TrainingAccuracy > 0.8);
        }

        [Fact]
        public void Refuses_the_authors_layers_of_several_families()
        {
            using var subject = TinySubject.Of();
            Assert.Contains("one family", Assert.Throws<FrugalException>(() => new KanLayers { AsPublished = true }.Apply(subject)).Message, StringComparison.Ordinal);
        }

        [Fact]
        public void Grids_are_refined_where_there_are_splines()
        {
            using var subject = TinySubject.Of(new KanConfig { HiddenSizes = [4] });
            using var scope = NewDisposeScope();
            var before = LayersOf(subject)[0].get_buffer("grid")!.clone();
            new RefineKan().Apply(subject);
            Assert.False(LayersOf(subject)[0].get_buffer("grid")!.equal(before).all().item<bool>());
            using var plain = TinySubject.Of();
            Assert.Contains("B-splines", Assert.Throws<FrugalException>(() => new RefineKan().Apply(plain)).Message, StringComparison.Ordinal);
        }
    }
}

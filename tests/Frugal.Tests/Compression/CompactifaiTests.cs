using Frugal.Compression;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Tests.Models;
using Frugal.Training;
using Frugal.Training.Methods;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Frugal.Tests.Compression;

public class CompactifaiTests
{
    private static readonly MlpConfig mlp = new() { HiddenSizes = [36, 24] };

    private static Subject Subject(Notes? notes = null, string? folder = null) => TinySubject.Of(mlp, observer: notes, folder: folder);

    private static string[] LayersIn(Model model) => [.. model.named_modules().Where(child => child.module is MpoLinear).Select(child => child.name)];

    [Fact]
    public void Layers_keep_at_most_the_share_and_the_classifier_stays()
    {
        var notes = new Notes();
        using var subject = Subject(notes);
        new Compactifai { Share = 0.4 }.Apply(subject);
        Assert.Equal(["layers.fc1", "layers.fc2"], LayersIn(subject.Model));
        Assert.Equal(2, notes.Texts.Count);
        foreach (var (path, weights) in new[] { ("layers.fc1", 36 * 36), ("layers.fc2", 24 * 36) })
            Assert.InRange(((MpoLinear)ModuleSurgery.Find(subject.Model, path)).Cores.Sum(core => core.numel()), 1, (long)(0.4 * weights));
    }

    [Fact]
    public void An_error_is_kept_by_every_layer()
    {
        using var scope = NewDisposeScope();
        using var subject = Subject();
        var before = ((Linear)ModuleSurgery.Find(subject.Model, "layers.fc1")).weight!.detach().clone();
        new Compactifai { Error = 0.6 }.Apply(subject);
        var after = ((MpoLinear)ModuleSurgery.Find(subject.Model, "layers.fc1")).DenseWeight();
        Assert.InRange((before - after).norm().item<float>() / before.norm().item<float>(), 0, 0.6001);
    }

    [Fact]
    public void Dense_layers_come_back_with_the_same_outputs()
    {
        using var scope = NewDisposeScope();
        using var subject = Subject();
        new Compactifai().Apply(subject);
        subject.Model.eval();
        var input = ones([2, .. subject.Model.InputShape]);
        var compressed = subject.Model.call(input);
        new MpoToDense().Apply(subject);
        Assert.Empty(LayersIn(subject.Model));
        Assert.True(subject.Model.call(input).allclose(compressed, rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    public void The_first_blocks_stay_dense_when_spared()
    {
        using var subject = Subject();
        new Compactifai { SparedFirst = 0.5 }.Apply(subject);
        Assert.Equal(["layers.fc2"], LayersIn(subject.Model));
    }

    [Fact]
    public void What_cannot_be_is_refused_by_layer_and_value_and_changes_nothing()
    {
        using var subject = Subject();
        byte[] before = TinySubject.Bytes(subject);
        string bond = Assert.Throws<FrugalException>(() => new Compactifai { Bond = 30 }.Apply(subject)).Message;
        Assert.Contains("'layers.fc2' cannot have a bond of 30", bond, StringComparison.Ordinal);
        Assert.Contains("1 to", bond, StringComparison.Ordinal);
        string share = Assert.Throws<FrugalException>(() => new Compactifai { Share = 0.001 }.Apply(subject)).Message;
        Assert.Contains("'layers.fc1'", share, StringComparison.Ordinal);
        Assert.Contains("0.001", share, StringComparison.Ordinal);
        Assert.Contains("one of them only", Assert.Throws<FrugalException>(() => new Compactifai { Share = 0.3, Bond = 2 }.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Contains("'*.fc9'", Assert.Throws<FrugalException>(() => new Compactifai { Include = ["*.fc9"] }.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Equal(before, TinySubject.Bytes(subject));
    }

    [Fact]
    public void Healing_can_train_the_cores_alone()
    {
        using var scope = NewDisposeScope();
        using var subject = Subject();
        new Compactifai().Apply(subject);
        var before = subject.Model.named_parameters().ToDictionary(own => own.name, own => own.parameter.detach().clone());
        new Train { Updates = 2, BatchSize = 16, Methods = [new Freeze { Include = ["*"], Exclude = ["*.core?"] }] }.Apply(subject);
        foreach (var (name, parameter) in subject.Model.named_parameters())
            Assert.Equal(name.Contains(".core", StringComparison.Ordinal), parameter.ne(before[name]).any().item<bool>());
        Assert.All(subject.Model.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    public class Sensitivity
    {
        [Fact]
        public void Is_measured_layer_by_layer_written_and_drawn_and_leaves_the_model()
        {
            using var folder = new TemporaryFolder();
            var notes = new Notes();
            using var subject = Subject(notes, folder.Path);
            byte[] before = TinySubject.Bytes(subject);
            new MpoSensitivity { Shares = [0.2, 0.6], Examples = 16 }.Apply(subject);
            Assert.Equal(before, TinySubject.Bytes(subject));
            string[] lines = File.ReadAllLines(folder.File("sensitivity.csv"));
            Assert.Equal("layer,parameters,0.2,0.6", lines[0]);
            Assert.StartsWith("layers.fc1,1296,", lines[1], StringComparison.Ordinal);
            Assert.Equal(3, lines.Length);
            string chart = File.ReadAllText(folder.File("sensitivity.svg"));
            Assert.Contains("layers.fc2", chart, StringComparison.Ordinal);
            System.Xml.Linq.XDocument.Parse(chart);
        }

        [Fact]
        public void A_budget_goes_to_the_layer_that_gains_most_for_it()
        {
            var profile = new MpoProfile([0.1, 0.5], [new("a", 100, [5, 1]), new("b", 100, [0.2, 0.1])]);
            Assert.Equal((0.5, 0.1), (profile.Assign(0.3)["a"], profile.Assign(0.3)["b"]));
            Assert.Equal((1.0, 0.1), (profile.Assign(0.55)["a"], profile.Assign(0.55)["b"]));
            Assert.Equal((1.0, 1.0), (profile.Assign(1)["a"], profile.Assign(1)["b"]));
            Assert.Contains("0.1", Assert.Throws<FrugalException>(() => profile.Assign(0.05)).Message, StringComparison.Ordinal);
        }

        [Fact]
        public void Shares_by_sensitivity_stay_within_the_budget()
        {
            using var subject = Subject();
            new Compactifai { Share = 0.4, Allocation = MpoAllocation.Sensitivity, Examples = 16 }.Apply(subject);
            long kept = new[] { "layers.fc1", "layers.fc2" }.Sum(path => ModuleSurgery.Find(subject.Model, path) is MpoLinear mpo ? mpo.Cores.Sum(core => core.numel()) : ((Linear)ModuleSurgery.Find(subject.Model, path)).weight!.numel());
            Assert.InRange(kept, 1, (long)(0.4 * (36 * 36 + 24 * 36)));
        }
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("vit")]
    public void Networks_with_linear_layers_learn_and_are_saved(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = ModelCases.Small[name].Build();
        Assert.NotEmpty(Mpo.Factorize(model, MpoBudget.Share(0.5)));
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

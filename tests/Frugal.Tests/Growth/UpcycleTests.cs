using Frugal.Compression.Packing;
using Frugal.Growth;
using Frugal.Layers;
using Frugal.Layers.Experts;
using Frugal.Layers.Packed;
using Frugal.Layers.Surgery;
using Frugal.Models;
using Frugal.Models.Text;
using Frugal.Models.Vision;
using Frugal.Recipes;
using Frugal.Tests.Compression;
using Frugal.Training;
using static TorchSharp.torch;

namespace Frugal.Tests.Growth;

public class UpcycleTests
{
    private static readonly ModelConfig transformer = new VisionTransformerConfig { PatchSize = 3, EmbedDim = 16, Depth = 2, NumHeads = 2 };
    private static readonly ModelConfig residual = new ResidualMlpConfig { Width = 16, HiddenSize = 32, Depth = 2 };

    public static IEnumerable<TheoryDataRow<string>> Models => [new("vit"), new("residual-mlp")];

    private static Subject Subject(string model, IProgress<RunEvent>? observer = null) => TinySubject.Of(model == "vit" ? transformer : residual, observer: observer);

    private static Tensor Outputs(Subject subject)
    {
        using var generator = new Generator(7);
        subject.Model.eval();
        return subject.Model.call(randn([5, .. subject.Model.InputShape], generator: generator));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_model_computes_what_it_did_before_and_after_it_was_saved(string model)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var subject = Subject(model);
        var before = Outputs(subject);
        new Upcycle { Experts = 4, TopK = 2 }.Apply(subject);
        Assert.Equal(2, subject.Model.modules().OfType<MixtureOfExperts>().Count());
        var after = Outputs(subject);
        Assert.True(after.allclose(before, rtol: 1e-5, atol: 1e-6));
        ModelFolder.Save(subject.Model, folder.Path);
        using var again = ModelFolder.Load(folder.Path);
        again.eval();
        using var generator = new Generator(7);
        Assert.True(again.call(randn([5, .. subject.Model.InputShape], generator: generator)).equal(after).all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Training_makes_experts_differ_and_adds_the_balance_loss(string model)
    {
        using var scope = NewDisposeScope();
        double Loss(double weight)
        {
            var notes = new List<double>();
            using var subject = Subject(model, new Observer(happened =>
            {
                if (happened is RunEvent.TrainingProgress progress)
                    notes.Add(progress.Loss);
            }));
            new Upcycle { Experts = 4, TopK = 2, BalanceWeight = weight }.Apply(subject);
            new Train { Updates = 1, BatchSize = 16 }.Apply(subject);
            var layer = subject.Model.modules().OfType<MixtureOfExperts>().First();
            var (first, second) = (layer.get_parameter("experts.0.fc1.weight")!, layer.get_parameter("experts.1.fc1.weight")!);
            Assert.False(first.allclose(second, rtol: 0, atol: 0));
            return notes[^1];
        }
        // Two layers whose loss is about 1 each.
        Assert.InRange(Loss(10) - Loss(0), 15, 60);
    }

    [Theory]
    [InlineData(GateForm.Temperature)]
    [InlineData(GateForm.Activation)]
    public void A_gate_with_a_temperature_changes_nothing_at_first_and_learns_it(GateForm form)
    {
        using var scope = NewDisposeScope();
        using var subject = Subject("vit");
        var before = Outputs(subject);
        new Upcycle { Experts = 4, TopK = 2, Gate = form }.Apply(subject);
        Assert.True(Outputs(subject).allclose(before, rtol: 1e-5, atol: 1e-6));
        new Train { Updates = 2, BatchSize = 16 }.Apply(subject);
        Assert.All(subject.Model.modules().OfType<MixtureOfExperts>(), layer => Assert.NotEqual(0, layer.get_parameter("gate.log_temperature")!.item<float>()));
    }

    [Fact]
    public void Patterns_choose_blocks_and_a_wrong_one_is_named()
    {
        using var subject = Subject("vit");
        new Upcycle { Include = ["blocks.1.*"] }.Apply(subject);
        Assert.IsNotType<MixtureOfExperts>(ModuleSurgery.Find(subject.Model, "blocks.0.mlp"));
        Assert.IsType<MixtureOfExperts>(ModuleSurgery.Find(subject.Model, "blocks.1.mlp"));
        Assert.Contains("blocks.0.mlp", Assert.Throws<FrugalException>(() => new Upcycle { Include = ["block.*"] }.Apply(subject)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_is_refused_and_changes_nothing()
    {
        using var subject = Subject("vit");
        byte[] before = TinySubject.Bytes(subject);
        Assert.Contains("9 of 8 experts", Assert.Throws<FrugalException>(() => new Upcycle { TopK = 9 }.Apply(subject)).Message, StringComparison.Ordinal);
        Assert.Equal(before, TinySubject.Bytes(subject));
        using var plain = TinySubject.Of();
        Assert.Contains("no feed-forward block", Assert.Throws<FrugalException>(() => new Upcycle().Apply(plain)).Message, StringComparison.Ordinal);
        Assert.Contains("upcycle", Assert.Throws<FrugalException>(() => new MeasureExperts().Apply(plain)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Upcycle { Experts = 0 });
    }

    [Fact]
    public void Blocks_of_text_models_are_found_whatever_they_are_called()
    {
        Assert.Equal(["transformer.h.0.mlp.c_fc", "transformer.h.1.mlp.c_fc"], Paths(new Gpt2(new Gpt2Config { VocabularySize = 20, HiddenSize = 8, NumLayers = 2, NumHeads = 2, MaxPositions = 16, Head = TextHead.None })));
        Assert.Equal(["distilbert.transformer.layer.0.ffn.lin1"], Paths(new DistilBert(new DistilBertConfig { VocabularySize = 20, HiddenSize = 8, IntermediateSize = 12, NumLayers = 1, NumHeads = 2, MaxPositions = 16, Head = TextHead.None })));
        Assert.Equal(["bert.encoder.layer.0.intermediate.dense"], Paths(new Bert(new BertConfig { VocabularySize = 20, HiddenSize = 8, IntermediateSize = 12, NumLayers = 1, NumHeads = 2, MaxPositions = 16, Head = TextHead.None })));
        Assert.Equal(["model.layers.0.mlp"], Paths(new LlamaConfig { VocabularySize = 20, HiddenSize = 8, IntermediateSize = 12, NumLayers = 1, NumHeads = 2, MaxPositions = 16, Head = TextHead.None }.Build()));

        static IReadOnlyList<string> Paths(nn.Module model)
        {
            using (model)
                return [.. FeedForwardBlock.In(model).Select(block => block.Path)];
        }
    }

    [Fact]
    public void Measuring_reports_load_entropy_and_drops()
    {
        var notes = new Notes();
        using var subject = Subject("vit", notes);
        new Upcycle { Experts = 4, TopK = 1 }.Apply(subject);
        new MeasureExperts { Examples = 20, BatchSize = 8 }.Apply(subject);
        Assert.InRange(subject.Metrics[Metric.ExpertImbalance]!.Value, 1, 4);
        Assert.InRange(subject.Metrics[Metric.ExpertEntropy]!.Value, 0.9, 1);
        Assert.Equal(0, subject.Metrics[Metric.ExpertDropped]);
        Assert.Contains(notes.Texts, text => text.StartsWith("blocks.0.mlp: % of the choices by expert", StringComparison.Ordinal));
    }

    [Fact]
    public void Packed_experts_compute_the_same_in_one_call()
    {
        using var scope = NewDisposeScope();
        using var mode = no_grad();
        using var layer = new MixtureOfExperts(12, 20, 4);
        layer.eval();
        var input = randn(9, 12);
        var expected = layer.call(input);
        var chains = layer.Experts.Select(expert => PackExperts.Chain(expert, isInt8: false)).ToList();
        for (int i = 0; i < chains.Count; i++)
            ModuleSurgery.Replace(layer, $"experts.{i}", chains[i]);
        Assert.All(layer.Experts, expert => Assert.IsType<PackedChainLayer>(expert));
        Assert.True(layer.call(input).allclose(expected, rtol: 1e-4, atol: 1e-5));
        Assert.True(layer.call(input.narrow(0, 0, 1)).allclose(expected.narrow(0, 0, 1), rtol: 1e-4, atol: 1e-5));
    }

    private sealed class Observer(Action<RunEvent> act) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => act(value);
    }
}

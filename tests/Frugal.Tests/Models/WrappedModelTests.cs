using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Layers;
using Frugal.Layers.Surgery;
using Frugal.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Tests.Models;

/// <summary>A network written without regard to Frugal, brought in by an assembly of its own.</summary>
public class WrappedModelTests
{
    private static readonly CatalogueIndex catalogue = CatalogueIndex.Default.With(typeof(WrappedModelTests).Assembly);

    private static Model Build() =>
        new Binder(catalogue).Bind<ModelConfig>(YamlReader.Parse("their-net: { width: 6, num-classes: 3, in-channels: 1, image-size: 4 }", "recipe.yaml")).Build();

    [Fact]
    public void Answers_the_verbs()
    {
        using var scope = NewDisposeScope();
        using var model = Build();
        var input = rand(2, 1, 4, 4);
        var features = model.ForwardFeatures(input);
        Assert.Equal([2, 6], features.shape);
        Assert.Equal(6, model.NumFeatures);
        Assert.True(model.ForwardHead(features).equal(model.call(input)).all().item<bool>());
        Assert.Equal("module.last", model.ClassifierPath);
        Assert.Equal([0, 1], new[] { "module.first.weight", "module.last.bias" }.Select(model.LayerGroupOf));
        model.ResetClassifier(5);
        Assert.Equal([2, 5], model.call(input).shape);
    }

    [Fact]
    public void Is_saved_and_loaded_with_replaced_layers()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = Build();
        ModuleSurgery.Replace(model, "module.first", LowRankLinear.Of((TorchSharp.Modules.Linear)ModuleSurgery.Find(model, "module.first"), 2));
        ModelFolder.Save(model, folder.Path);
        using var loaded = ModelFolder.Load(folder.Path, catalogue);
        var input = rand(2, 1, 4, 4);
        Assert.True(loaded.call(input).equal(model.call(input)).all().item<bool>());
    }

    [Fact]
    public void A_network_without_a_linear_layer_is_refused() =>
        Assert.Contains("no linear layer", Assert.Throws<FrugalException>(() => new WrappedModel(new TheirConfig(), Sequential(ReLU()))).Message, StringComparison.Ordinal);

    /// <summary>What a person adds to bring a network of their own in.</summary>
    [Entry("their-net")]
    public sealed record TheirConfig : ImageModelConfig
    {
        /// <summary>Units of the hidden layer.</summary>
        [Frugal.Catalogue.Range(1, 100)]
        public int Width { get; init; } = 8;

        /// <inheritdoc/>
        protected override Model Create() =>
            new WrappedModel(this, new TheirNet(InChannels!.Value * ImageSize!.Value.Height * ImageSize.Value.Width, Width, NumClasses!.Value));
    }

    private sealed class TheirNet : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor> first, last;

        public TheirNet(long inputs, long width, long classes) : base(nameof(TheirNet))
        {
            first = Linear(inputs, width);
            last = Linear(width, classes);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return last.call(first.call(input.flatten(1)).relu()).MoveToOuterDisposeScope();
        }
    }
}

using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Graphs;
using Frugal.Graphs.Counting;
using Frugal.Models;
using static TorchSharp.torch;

namespace Frugal.Cli.Commands;

/// <summary>The model that a person means by a word on the command line, written as in a recipe: <c>resnet50</c>, <c>mlp: { hidden-sizes: [64] }</c>.</summary>
internal static class NamedModel
{
    public const string Description = "The folder of a saved model, or a model or preset of the catalogue: my-model/, resnet50, \"mlp: { hidden-sizes: [64] }\".";

    /// <summary>The description of a model, for images of <paramref name="size"/> where one is given.</summary>
    /// <exception cref="FrugalException">There is no such model, or an option or the size is not right.</exception>
    public static ModelConfig ConfigOf(CatalogueIndex catalogue, string model, string? size)
    {
        var config = Directory.Exists(model)
            ? new SavedModelConfig { Path = model }
            : new Binder(catalogue).Bind<ModelConfig>(YamlReader.Parse(model, "MODEL"));
        return (size is null ? config : config.For(SizeOf(size))).Complete();
    }

    /// <summary>What one image costs the model, layer by layer; builds it with fresh weights.</summary>
    public static ModelCost CostOf(ModelConfig config)
    {
        using var model = config.Build();
        using var example = model.Example(1);
        return Graph.Capture(model, example).Count();
    }

    private static ImageSize SizeOf(string size)
    {
        try
        {
            return ImageSize.Parse(size);
        }
        catch (FormatException e)
        {
            throw new UsageException($"--image-size: {e.Message}");
        }
    }
}

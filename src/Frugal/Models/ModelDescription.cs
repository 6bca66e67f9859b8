using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Models;

/// <summary>What <c>config.json</c> says of a model: timm's keys for the architecture, and a <c>frugal</c> block for what timm has no word for.</summary>
/// <param name="Config">What the model is built from.</param>
/// <param name="ReplacedLayers">Layers that stand in the place of the architecture's own, by path, each before those within it.</param>
/// <param name="Changes">How tensors differ from the architecture's beyond these layers.</param>
/// <param name="Type">Type of the weights.</param>
/// <param name="Data">What the model was trained on, or null where the file does not say it all.</param>
internal sealed record ModelDescription(
    ModelConfig Config, IReadOnlyList<(string Path, DocumentNode Description)> ReplacedLayers, TensorChanges Changes, ScalarType Type, DataInfo? Data)
{
    /// <summary>The text of <c>config.json</c>.</summary>
    /// <exception cref="FrugalException">The model or a layer has no name in the catalogue.</exception>
    public static string Write(Model model, DataInfo? data)
    {
        var (architecture, arguments) = ArchitectureName.Of(model.Config);
        var replaced = model.ReplacedLayers();
        var own = new DocumentMapping(
        [
            new("version", DocumentScalar.OfText(typeof(ModelDescription).Assembly.GetName().Version!.ToString(3))),
            new("input_shape", Numbers(model.InputShape.Select(length => (double)length))),
            new("dtype", DocumentScalar.OfText(TypeOf(model).ToString().ToLowerInvariant())),
            .. data is null ? (ReadOnlySpan<DocumentMember>)[] :
            [
                new("class_names", new DocumentList([.. data.ClassNames.Select(Text)])),
                new("mean", Numbers(data.Mean)),
                new("std", Numbers(data.Std)),
            ],
            new("replaced_layers", new DocumentMapping([.. replaced.Select(layer => new DocumentMember(layer.Path, layer.Description))])),
            .. model.ChangesOf(replaced).Write(),
        ]);
        return JsonWriter.Write(new DocumentMapping(
        [
            new("architecture", Text(architecture)),
            new("num_classes", DocumentScalar.OfNumber(model.NumClasses)),
            new("num_features", DocumentScalar.OfNumber(model.CurrentFeatures)),
            new("model_args", arguments),
            new("frugal", own),
        ]));
    }

    private static ScalarType TypeOf(Model model) =>
        model.parameters().Where(parameter => parameter.is_floating_point()).Select(parameter => parameter.dtype).Distinct().ToList() is [var only] ? only : ScalarType.Float32;

    private static DocumentScalar Text(string text) => new(text, isQuoted: true);

    private static DocumentList Numbers(IEnumerable<double> numbers) => new([.. numbers.Select(DocumentScalar.OfNumber)]);
}

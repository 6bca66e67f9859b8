using System.Text.Json.Nodes;
using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Data;
using Frugal.Models.Text;
using Frugal.Models.Text.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Frugal.Models;

/// <summary>
/// What <c>config.json</c> says of a model: the keys of timm or, for texts, of the transformers library for the architecture, and a <c>frugal</c> block for what those have no word for.
/// </summary>
/// <param name="Config">What the model is built from.</param>
/// <param name="ReplacedLayers">Layers that stand in the place of the architecture's own, by path, each before those within it.</param>
/// <param name="Changes">How tensors differ from the architecture's beyond these layers.</param>
/// <param name="Type">Type of the weights.</param>
/// <param name="Data">What the model was trained on, or null where the file does not say it all.</param>
internal sealed record ModelDescription(
    ModelConfig Config, IReadOnlyList<(string Path, DocumentNode Description)> ReplacedLayers, TensorChanges Changes, ScalarType Type, DataInfo? Data)
{
    /// <summary>The key under which stands what others have no word for.</summary>
    public const string OwnKey = "frugal";

    /// <summary>The text of <c>config.json</c>.</summary>
    /// <exception cref="FrugalException">The model or a layer has no name in the catalogue.</exception>
    public static string Write(Model model, DataInfo? data)
    {
        var replaced = model.ReplacedLayers();
        var own = new DocumentMapping(
        [
            new("version", DocumentScalar.OfText(typeof(ModelDescription).Assembly.GetName().Version!.ToString(3))),
            new("input_shape", Numbers(model.InputShape.Select(length => (double)length))),
            new("dtype", DocumentScalar.OfText(TypeOf(model).ToString().ToLowerInvariant())),
            .. data is null ? (ReadOnlySpan<DocumentMember>)[] : [new("class_names", new DocumentList([.. data.ClassNames.Select(Text)]))],
            .. data is not ImageInfo images ? (ReadOnlySpan<DocumentMember>)[] : [new("mean", Numbers(images.Mean)), new("std", Numbers(images.Std))],
            new("replaced_layers", new DocumentMapping([.. replaced.Select(layer => new DocumentMember(layer.Path, layer.Description))])),
            .. model.ChangesOf(replaced).Write(),
        ]);
        if (model is TextModel text)
            return TextModelJson.Write(text, data?.ClassNames, JsonNode.Parse(JsonWriter.Write(own))!);
        var (architecture, arguments) = ArchitectureName.Of(model.Config);
        return JsonWriter.Write(new DocumentMapping(
        [
            new("architecture", Text(architecture)),
            new("num_classes", DocumentScalar.OfNumber(model.NumClasses)),
            new("num_features", DocumentScalar.OfNumber(model.CurrentFeatures)),
            new("model_args", arguments),
            new(OwnKey, own),
        ]));
    }

    private static ScalarType TypeOf(Model model) =>
        model.parameters().Where(parameter => parameter.is_floating_point()).Select(parameter => parameter.dtype).Distinct().ToList() is [var only] ? only : ScalarType.Float32;

    private static DocumentScalar Text(string text) => new(text, isQuoted: true);

    private static DocumentList Numbers(IEnumerable<double> numbers) => new([.. numbers.Select(DocumentScalar.OfNumber)]);
}

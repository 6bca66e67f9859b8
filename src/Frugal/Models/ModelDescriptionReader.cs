using System.Text.Json;
using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Data;
using Frugal.Models.Runtime;
using Frugal.Models.Text;
using Frugal.Models.Text.Checkpoints;
using TorchSharp;
using Binder = Frugal.Catalogue.Binding.Binder;

namespace Frugal.Models;

/// <summary>Reads a <c>config.json</c> of ours, of timm's or of the transformers library's.</summary>
/// <param name="source">The file, for messages.</param>
/// <param name="catalogue">The models that may be named.</param>
internal sealed class ModelDescriptionReader(string source, CatalogueIndex catalogue)
{
    /// <exception cref="FrugalException">It names no architecture that there is, or says something that cannot be.</exception>
    public ModelDescription Read(JsonElement json)
    {
        var document = (DocumentMapping)JsonReader.Read(json, source);
        var own = document[ModelDescription.OwnKey] as DocumentMapping;
        var trained = document["pretrained_cfg"] as DocumentMapping;
        var config = TextModelJson.IsText(json) ? TextModelJson.Read(json, own, source) : ReadConfig(document, own, trained);
        var replaced = own?["replaced_layers"] is DocumentMapping layers ? layers.Members : [];
        return new(config, [.. replaced.Select(layer => (layer.Name, layer.Value))], TensorChanges.Read(own, source), ReadType(own), ReadData(document, own, trained, config.Complete()));
    }

    private ModelConfig ReadConfig(DocumentMapping document, DocumentMapping? own, DocumentMapping? trained)
    {
        if (document["architecture"] is not DocumentScalar architecture)
            throw new FrugalException($"{source} names no `architecture`; it should say which model this is, as timm does: \"architecture\": \"resnet50\".");
        // timm tags a checkpoint by a dot and where it was trained: resnet50.a1_in1k.
        string name = architecture.Text.Split('.')[0];
        var entry = catalogue.Find(typeof(ModelConfig), name) ?? catalogue.FindPreset(typeof(ModelConfig), name)?.Entry
            ?? throw new FrugalException(
                $"{source}: there is no model `{name}`{NearestName.Hint(name, catalogue.NamesOf(typeof(ModelConfig)))} `frugal models` lists them; --assembly adds yours.");
        var arguments = TimmArguments.ToOurs(document["model_args"] as DocumentMapping ?? new DocumentMapping([]), entry);
        if (document["num_classes"] is { } classes)
            arguments = arguments.With("num_classes", classes);
        // The pooling timm used is its default for the architecture unless the arguments say so; the key beside them repeats it.
        if (own is null && trained?["input_size"] is DocumentList { Items: [DocumentScalar channels, DocumentScalar height, DocumentScalar width] })
        {
            if (arguments["in_channels"] is null)
                arguments = arguments.With("in_channels", channels);
            if (arguments["image_size"] is null)
                arguments = arguments.With("image_size", new DocumentScalar($"{height.Text}x{width.Text}"));
        }
        return new Binder(catalogue, OptionNaming.Snake).BindEntry<ModelConfig>(name, arguments);
    }

    private torch.ScalarType ReadType(DocumentMapping? own)
    {
        if (own?["dtype"] is not DocumentScalar type)
            return torch.ScalarType.Float32;
        return Enum.TryParse(type.Text, ignoreCase: true, out torch.ScalarType parsed) && parsed is torch.ScalarType.Float16 or torch.ScalarType.BFloat16 or torch.ScalarType.Float32 or torch.ScalarType.Float64
            ? parsed
            : throw new FrugalException($"{source}: `dtype` must be float16, bfloat16, float32 or float64, got {type.Words}.");
    }

    private static DataInfo? ReadData(DocumentMapping document, DocumentMapping? own, DocumentMapping? trained, ModelConfig config)
    {
        var names = Texts(own?["class_names"] ?? document["label_names"]);
        var (mean, std) = (Numbers((own ?? trained)?["mean"]), Numbers((own ?? trained)?["std"]));
        return config switch
        {
            TextModelConfig texts => texts.DataInfo(names),
            ImageModelConfig images when names.Count > 0 && names.Count == images.NumClasses && mean.Count == images.InChannels && std.Count == images.InChannels =>
                new ImageInfo(images.InChannels!.Value, images.ImageSize!.Value.Height, images.ImageSize!.Value.Width, names, mean, std),
            RuntimeModelConfig { InputShape: [var channels, var height, var width] } when names.Count > 0 && mean.Count == channels && std.Count == channels => new ImageInfo(channels, height, width, names, mean, std),
            _ => null,
        };
    }

    private static IReadOnlyList<string> Texts(DocumentNode? node) => [.. ScalarsOf(node).Select(item => item.Text)];

    private static IReadOnlyList<double> Numbers(DocumentNode? node) => [.. ScalarsOf(node).Select(item => item.AsNumber).OfType<double>()];

    private static IEnumerable<DocumentScalar> ScalarsOf(DocumentNode? node) => (node as DocumentList)?.Items.OfType<DocumentScalar>() ?? [];
}

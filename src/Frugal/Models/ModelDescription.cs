using System.Reflection;
using System.Text.Json;
using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Data;
using Frugal.Layers;
using Binder = Frugal.Catalogue.Binding.Binder;

namespace Frugal.Models;

/// <summary>What <c>config.json</c> says of a model: timm's keys for the architecture, and a <c>frugal</c> block for what timm has no word for.</summary>
/// <param name="Config">What the model is built from.</param>
/// <param name="ReplacedLayers">Layers that stand in the place of the architecture's own, by path.</param>
internal sealed record ModelDescription(ModelConfig Config, IReadOnlyDictionary<string, Layer> ReplacedLayers)
{
    private const string Architecture = "architecture", NumClasses = "num_classes", Arguments = "model_args", Own = "frugal", Replaced = "replaced_layers";

    /// <summary>The text of <c>config.json</c>.</summary>
    public static string Write(Model model, DataInfo? data)
    {
        var writer = new ObjectWriter(withDefaults: true, OptionNaming.Snake);
        string name = model.Config.GetType().GetCustomAttribute<EntryAttribute>()?.Name
            ?? throw new FrugalException($"{model.Config.GetType().FullName} has no name in the catalogue, so the model cannot be saved; mark it [Entry(\"its-name\")].");
        List<DocumentMember> own =
        [
            new("version", DocumentScalar.OfText(typeof(ModelDescription).Assembly.GetName().Version!.ToString(3))),
            new("input_shape", Numbers(model.InputShape.Select(length => (double)length))),
        ];
        if (data is not null)
        {
            own.Add(new("class_names", new DocumentList([.. data.ClassNames.Select(DocumentScalar.OfText)])));
            own.Add(new("mean", Numbers(data.Mean)));
            own.Add(new("std", Numbers(data.Std)));
        }
        own.Add(new(Replaced, new DocumentMapping([.. model.named_modules()
            .Where(child => child.module is Layer)
            .Select(child => new DocumentMember(child.name, writer.Write(child.module)))])));
        return JsonWriter.Write(new DocumentMapping(
        [
            new(Architecture, DocumentScalar.OfText(name)),
            new(NumClasses, DocumentScalar.OfNumber(model.NumClasses)),
            new(Arguments, writer.WriteOptions(model.Config)),
            new(Own, new DocumentMapping(own)),
        ]));
    }

    /// <summary>Reads <c>config.json</c>.</summary>
    /// <exception cref="FrugalException">It names no architecture that there is, or says something that cannot be.</exception>
    public static ModelDescription Read(JsonElement json, string source, CatalogueIndex catalogue)
    {
        var document = (DocumentMapping)JsonReader.Read(json, source);
        if (document[Architecture] is not DocumentScalar architecture)
            throw new FrugalException($"{source} names no `{Architecture}`; it should say which model this is, e.g. \"{Architecture}\": \"resnet50\".");
        var own = document[Own] as DocumentMapping;
        var arguments = own is not null && document[Arguments] is DocumentMapping written ? written : new DocumentMapping([]);
        var binder = new Binder(catalogue, OptionNaming.Snake);
        // A checkpoint of timm's has its arguments under timm's names; what matters of them here is the number of classes.
        if (own is null && document[NumClasses] is { } classes)
            arguments = arguments.With(NumClasses, classes);
        var replaced = new Dictionary<string, Layer>();
        if (own?[Replaced] is DocumentMapping layers)
        {
            foreach (var layer in layers.Members)
                replaced.Add(layer.Name, binder.Bind<Layer>(layer.Value));
        }
        return new ModelDescription(binder.BindEntry<ModelConfig>(Plain(architecture.Text), arguments), replaced);
    }

    // timm tags a checkpoint by a dot and where it was trained: resnet50.a1_in1k.
    private static string Plain(string architecture) => architecture.Split('.')[0];

    private static DocumentList Numbers(IEnumerable<double> numbers) => new([.. numbers.Select(DocumentScalar.OfNumber)]);
}

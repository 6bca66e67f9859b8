using Frugal.Catalogue.Documents;
using Frugal.Interop;
using Frugal.Layers.Surgery;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Frugal.Layers;

/// <summary>
/// Adapters as a folder in the layout of the PEFT library: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c> with the names <c>base_model.model.PATH.lora_A.weight</c> and
/// <c>….lora_B.weight</c>, and whole modules that were trained beside them under <c>base_model.model.PATH.…</c>. Neither holds the frozen weights.
/// </summary>
public static class PeftFolder
{
    internal const string ConfigName = "adapter_config.json", WeightsName = "adapter_model.safetensors", Prefix = "base_model.model.";

    /// <summary>Writes the adapters of a network; a folder that holds others is replaced file by file, the weights first.</summary>
    /// <param name="root">The network.</param>
    /// <param name="folder">The folder; made if it is missing.</param>
    /// <param name="modules">Paths of modules that were trained whole, e.g. a new classifier.</param>
    /// <exception cref="FrugalException">The network has no adapter, a path names no module, or the folder cannot be written.</exception>
    public static void Save(Module root, string folder, IReadOnlyList<string>? modules = null)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var adapters = LoraAdapters.In(root);
        if (adapters.Count == 0)
            throw new FrugalException($"{root.GetName()} has no adapter to save: `lora` puts them in, and keeps them with keeps-adapters: true");
        using var scope = NewDisposeScope();
        var tensors = adapters.SelectMany(adapter => new[] { ($"{Prefix}{adapter.Path}.lora_A.weight", (Tensor)adapter.Layer.A), ($"{Prefix}{adapter.Path}.lora_B.weight", adapter.Layer.B) })
            .Concat((modules ?? []).SelectMany(path => ModuleSurgery.Find(root, path).state_dict().Select(own => ($"{Prefix}{path}.{own.Key}", own.Value)))).ToList();
        OutputFolder.Create(folder);
        SafetensorsWriter.Write(Path.Combine(folder, WeightsName), tensors, new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.WriteText(Path.Combine(folder, ConfigName), Describe(adapters, modules ?? []));
    }

    /// <summary>Puts adapters from a folder into a network: around its linear layers, or in the place of those that are there.</summary>
    /// <param name="root">The network that the adapters were made for.</param>
    /// <param name="folder">The folder.</param>
    /// <returns>Paths of the layers that have an adapter now.</returns>
    /// <exception cref="FrugalException">The folder is no LoRA adapter, uses what this library does not know, or does not fit the network; the network is as before.</exception>
    public static IReadOnlyList<string> Load(Module root, string folder)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        using var config = JsonFile.Read(Path.Combine(folder, ConfigName));
        using var weights = SafetensorsFile.Open(Path.Combine(folder, WeightsName));
        return new PeftReader(root, new PeftConfig(config.RootElement, Path.Combine(folder, ConfigName)), weights).Load();
    }

    private static string Describe(IReadOnlyList<SelectedLayer<LoraLinear>> adapters, IReadOnlyList<string> modules)
    {
        var usual = adapters[0].Layer;
        return JsonWriter.Write(new DocumentMapping(
        [
            new("peft_type", DocumentScalar.OfText("LORA")),
            new("base_model_name_or_path", DocumentScalar.Null),
            new("task_type", DocumentScalar.Null),
            new("inference_mode", new DocumentScalar("true")),
            new("r", DocumentScalar.OfNumber(usual.Rank)),
            new("lora_alpha", DocumentScalar.OfNumber(usual.Alpha)),
            new("lora_dropout", DocumentScalar.OfNumber(usual.DropRate)),
            new("target_modules", Texts(adapters.Select(adapter => adapter.Path))),
            new("rank_pattern", Pattern(layer => layer.Rank, usual.Rank)),
            new("alpha_pattern", Pattern(layer => layer.Alpha, usual.Alpha)),
            new("modules_to_save", modules.Count == 0 ? DocumentScalar.Null : Texts(modules)),
            new("bias", DocumentScalar.OfText("none")),
            new("fan_in_fan_out", new DocumentScalar("false")),
            new("use_rslora", new DocumentScalar("false")),
            new("use_dora", new DocumentScalar("false")),
        ]));

        DocumentMapping Pattern(Func<LoraLinear, double> of, double than) => new(
            [.. adapters.Where(adapter => of(adapter.Layer) != than).Select(adapter => new DocumentMember(adapter.Path, DocumentScalar.OfNumber(of(adapter.Layer))))]);
    }

    private static DocumentList Texts(IEnumerable<string> texts) => new([.. texts.Select(DocumentScalar.OfText)]);
}

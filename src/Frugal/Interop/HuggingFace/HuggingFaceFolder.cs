using System.Text.Json;
using static TorchSharp.torch;

namespace Frugal.Interop;

/// <summary>
/// A model in the Hugging Face layout: <c>config.json</c> and <c>model.safetensors</c>, or several of the latter with an index. Knows files, not models:
/// what the configuration means is the models' business.
/// </summary>
public sealed class HuggingFaceFolder : IDisposable
{
    private const string ConfigName = "config.json", WeightsName = "model.safetensors", IndexName = "model.safetensors.index.json";
    private static readonly string[] pickled = ["pytorch_model.bin", "pytorch_model.bin.index.json", "model.bin", "model.pt", "model.pth"];
    private readonly JsonDocument config;

    private HuggingFaceFolder(string path, JsonDocument config, IWeights weights)
    {
        Path = path;
        this.config = config;
        Weights = weights;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The configuration, a JSON object; valid until this is disposed of.</summary>
    public JsonElement Config => config.RootElement;

    /// <summary>The weights, read on demand; valid until this is disposed of.</summary>
    public IWeights Weights { get; }

    /// <summary>Opens configuration and weights.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="limits">What the files may ask for; <see cref="ReadLimits.Untrusted"/> by default.</param>
    /// <exception cref="FrugalException">A file is missing, not valid, or only there as a pickle; the message says what to do.</exception>
    public static HuggingFaceFolder Open(string path, ReadLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
            throw new FrugalException($"{path} is not a folder; give the one that holds {ConfigName} and {WeightsName}.");
        var config = JsonFile.Read(System.IO.Path.Combine(path, ConfigName), limits);
        try
        {
            return config.RootElement.ValueKind == JsonValueKind.Object
                ? new HuggingFaceFolder(path, config, OpenWeights(path, limits))
                : throw new FrugalException($"{System.IO.Path.Combine(path, ConfigName)} must hold a JSON object, found {config.RootElement.ValueKind}.");
        }
        catch
        {
            config.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes both files, each atomically: first the weights, then the configuration, so that a new folder with a configuration is complete. A model that is
    /// there already is replaced file by file; where a crash in between must not matter, write into a new folder, as <see cref="CheckpointFolder"/> does.
    /// </summary>
    /// <param name="path">The folder; made if it is missing.</param>
    /// <param name="config">The configuration as JSON text.</param>
    /// <param name="tensors">The weights; each name once.</param>
    /// <param name="metadata">Text for the header besides <c>format: pt</c>, which the transformers library asks for.</param>
    /// <exception cref="FrugalException">The configuration is not a JSON object, or a file cannot be written.</exception>
    public static void Write(string path, string config, IEnumerable<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(config);
        using (var document = JsonFile.Parse(System.Text.Encoding.UTF8.GetBytes(config), "the configuration to be written"))
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new FrugalException($"the configuration to be written must be a JSON object, found {document.RootElement.ValueKind}.");
        OutputFolder.Create(path);
        var withFormat = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        withFormat.TryAdd("format", "pt");
        SafetensorsWriter.Write(System.IO.Path.Combine(path, WeightsName), tensors, withFormat);
        AtomicFile.WriteText(System.IO.Path.Combine(path, ConfigName), config);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        config.Dispose();
    }

    private static IWeights OpenWeights(string folder, ReadLimits? limits)
    {
        string In(string name) => System.IO.Path.Combine(folder, name);
        if (File.Exists(In(WeightsName)))
            return SafetensorsFile.Open(In(WeightsName), limits);
        if (File.Exists(In(IndexName)))
            return ShardedSafetensors.Open(In(IndexName), limits);
        if (Array.Find(pickled, name => File.Exists(In(name))) is not { } pickle)
            throw new FrugalException($"{folder} has neither {WeightsName} nor {IndexName}; download one of them.");
        throw new FrugalException($"{folder} has its weights only as {pickle}, a pickle. {ForeignFormat.HowToConvert}");
    }
}

using System.Text.Json;

namespace Frugal.Layers;

/// <summary>What of PEFT's <c>adapter_config.json</c> decides how an adapter computes.</summary>
internal sealed class PeftConfig
{
    private const double UsualAlpha = 8;

    private readonly JsonElement json;
    private readonly string path;

    /// <exception cref="FrugalException">It describes no LoRA adapter, or one that computes in a way that is not known here.</exception>
    public PeftConfig(JsonElement json, string path)
    {
        (this.json, this.path) = (json, path);
        if (json.ValueKind != JsonValueKind.Object)
            throw new FrugalException($"{path} must hold a JSON object, found {json.ValueKind}.");
        if (Text("peft_type") is not "LORA" and var type)
            throw new FrugalException($"{path} describes an adapter of type {type ?? "unknown"}; only LORA can be read.");
        foreach (string option in (string[])["use_dora", "lora_bias"])
            if (Is(option))
                throw new FrugalException($"{path} has {option}: true, which changes what the adapter computes and is not known here.");
    }

    /// <summary>Share of the update's inputs that dropout sets to zero in training.</summary>
    public double DropRate => Number("lora_dropout") is { } rate and >= 0 and < 1 ? rate : 0;

    /// <summary>The strength α of the adapter of a layer, to be divided by its rank; where PEFT divides by the root of the rank, what comes to the same.</summary>
    public double AlphaOf(string layer, long rank)
    {
        double alpha = Patterned("alpha_pattern", layer) ?? Number("lora_alpha") ?? UsualAlpha;
        if (!(alpha > 0 && double.IsFinite(alpha)))
            throw new FrugalException($"{path}: lora_alpha of '{layer}' is {alpha}; it must be above 0.");
        return Is("use_rslora") ? alpha * Math.Sqrt(rank) : alpha;
    }

    // A pattern holds for a layer of that path, and for layers whose path ends so.
    private double? Patterned(string name, string layer)
    {
        if (!json.TryGetProperty(name, out var patterns) || patterns.ValueKind != JsonValueKind.Object)
            return null;
        foreach (var pattern in patterns.EnumerateObject())
            if (layer == pattern.Name || layer.EndsWith('.' + pattern.Name, StringComparison.Ordinal))
                return pattern.Value.ValueKind == JsonValueKind.Number ? pattern.Value.GetDouble() : throw new FrugalException($"{path}: {name} of '{pattern.Name}' must be a number.");
        return null;
    }

    private bool Is(string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private string? Text(string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private double? Number(string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}

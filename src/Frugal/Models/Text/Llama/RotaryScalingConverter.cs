using System.Text.Json;
using System.Text.Json.Serialization;
using Frugal.Layers;

namespace Frugal.Models.Text;

/// <summary><c>rope_scaling</c> as files have it: the kind is called <c>rope_type</c>, in older ones <c>type</c>; <c>default</c> means none.</summary>
internal sealed class RotaryScalingConverter : JsonConverter<RotaryScaling?>
{
    public override RotaryScaling? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var json = document.RootElement;
        if (json.ValueKind != JsonValueKind.Object)
            throw new JsonException("rope_scaling must be an object or null");
        string type = Property("rope_type")?.GetString() ?? Property("type")?.GetString() ?? throw new JsonException("rope_scaling has no rope_type");
        if (type == "default")
            return null;
        return new RotaryScaling
        {
            Type = type switch { "linear" => RotaryScalingType.Linear, "llama3" => RotaryScalingType.Llama3, _ => throw new JsonException($"the type of rope_scaling must be linear or llama3, got {type}") },
            Factor = Property("factor")?.GetDouble() ?? throw new JsonException("rope_scaling has no factor"),
            LowFrequencyFactor = Property("low_freq_factor")?.GetDouble() ?? 1,
            HighFrequencyFactor = Property("high_freq_factor")?.GetDouble() ?? 4,
            OriginalMaxPositions = Property("original_max_position_embeddings")?.GetInt64() ?? 8192,
        };

        JsonElement? Property(string name) => json.TryGetProperty(name, out var value) ? value : null;
    }

    public override void Write(Utf8JsonWriter writer, RotaryScaling? value, JsonSerializerOptions options)
    {
        if (value is null)
        {
            writer.WriteNullValue();
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("rope_type", value.Type == RotaryScalingType.Linear ? "linear" : "llama3");
        writer.WriteNumber("factor", value.Factor);
        if (value.Type == RotaryScalingType.Llama3)
        {
            writer.WriteNumber("low_freq_factor", value.LowFrequencyFactor);
            writer.WriteNumber("high_freq_factor", value.HighFrequencyFactor);
            writer.WriteNumber("original_max_position_embeddings", value.OriginalMaxPositions);
        }
        writer.WriteEndObject();
    }
}

using System.Text.Json;

namespace Frugal.Tests.Catalogue;

/// <summary>The part of JSON schema that ours uses, so that it can be tried without another package.</summary>
internal static class SchemaCheck
{
    public static bool Accepts(JsonElement schema, JsonElement value) => Accepts(schema, schema, value);

    private static bool Accepts(JsonElement root, JsonElement schema, JsonElement value) => schema.ValueKind == JsonValueKind.False
        ? false
        : schema.EnumerateObject().All(rule => rule.Name switch
        {
            "$ref" => Accepts(root, root.GetProperty("$defs").GetProperty(rule.Value.GetString()!["#/$defs/".Length..]), value),
            "anyOf" => rule.Value.EnumerateArray().Any(form => Accepts(root, form, value)),
            "type" => rule.Value.ValueKind == JsonValueKind.Array ? rule.Value.EnumerateArray().Any(type => IsOf(type, value)) : IsOf(rule.Value, value),
            "enum" => rule.Value.EnumerateArray().Any(member => member.ValueKind == value.ValueKind && member.ToString() == value.ToString()),
            "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() >= rule.Value.GetDouble(),
            "maximum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() <= rule.Value.GetDouble(),
            "exclusiveMinimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() > rule.Value.GetDouble(),
            "exclusiveMaximum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() < rule.Value.GetDouble(),
            "items" => value.ValueKind != JsonValueKind.Array || value.EnumerateArray().All(item => Accepts(root, rule.Value, item)),
            "required" => value.ValueKind != JsonValueKind.Object || rule.Value.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _)),
            "minProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() >= rule.Value.GetInt32(),
            "maxProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Count() <= rule.Value.GetInt32(),
            "properties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(member => !rule.Value.TryGetProperty(member.Name, out var shape) || Accepts(root, shape, member.Value)),
            "additionalProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(member =>
                (schema.TryGetProperty("properties", out var known) && known.TryGetProperty(member.Name, out _)) || Accepts(root, rule.Value, member.Value)),
            "$schema" or "title" or "description" or "default" or "$defs" => true,
            _ => throw new NotSupportedException(rule.Name),
        });

    private static bool IsOf(JsonElement type, JsonElement value) => type.GetString() switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.GetDouble() == Math.Floor(value.GetDouble()),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        var other => throw new NotSupportedException(other),
    };
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Frugal.Interop;

namespace Frugal.Models.Text.Checkpoints;

/// <summary><c>config.json</c> of the transformers library from and to our descriptions. Keys that no family of ours has are ignored, as there.</summary>
internal static class TextModelJson
{
    private static readonly JsonSerializerOptions options = new() { WriteIndented = true };

    private static readonly Dictionary<string, Type> families = new(StringComparer.Ordinal)
    {
        ["bert"] = typeof(BertConfig),
        ["distilbert"] = typeof(DistilBertConfig),
        ["gpt2"] = typeof(Gpt2Config),
        ["llama"] = typeof(LlamaConfig),
    };

    private static readonly (string Ending, TextHead Head)[] architectures =
    [
        ("ForPreTraining", TextHead.PreTraining),
        ("ForMaskedLM", TextHead.MaskedLanguageModel),
        ("ForSequenceClassification", TextHead.SequenceClassification),
        ("ForTokenClassification", TextHead.TokenClassification),
        ("ForQuestionAnswering", TextHead.QuestionAnswering),
        ("ForCausalLM", TextHead.CausalLanguageModel),
        ("LMHeadModel", TextHead.CausalLanguageModel),
        ("Model", TextHead.None),
    ];

    /// <summary>Whether a configuration is of one of our families.</summary>
    public static bool IsText(JsonElement json) => FamilyOf(json) is { } family && families.ContainsKey(family);

    /// <summary>The description of a model.</summary>
    /// <exception cref="FrugalException">The family is not known, or an option is not what it may be; the message names it.</exception>
    public static TextModelConfig Read(JsonElement json, string source)
    {
        if (FamilyOf(json) is not { } family || !families.TryGetValue(family, out var type))
            throw new FrugalException($"{source}: model_type is {Refusal.Quote(FamilyOf(json) ?? "absent")}; Frugal knows {string.Join(", ", families.Keys)}.");
        try
        {
            var config = (TextModelConfig)json.Deserialize(type, options)!;
            return json.TryGetProperty("id2label", out var labels) && labels.ValueKind == JsonValueKind.Object ? config with { NumLabels = labels.EnumerateObject().Count() } : config;
        }
        catch (JsonException error)
        {
            throw new FrugalException($"{source}: {error.Message}", error);
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new FrugalException($"{source}: {error.Message.Split(" (Parameter", 2)[0]}.", error);
        }
    }

    /// <summary>The head that the configuration names, or null where it names none.</summary>
    /// <exception cref="FrugalException">It names one that we do not have.</exception>
    public static TextHead? HeadOf(JsonElement json, string source)
    {
        if (!json.TryGetProperty("architectures", out var names) || names.ValueKind != JsonValueKind.Array || names.GetArrayLength() == 0 || names[0].GetString() is not { } name)
            return null;
        foreach (var (ending, head) in architectures)
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
                return head;
        }
        throw new FrugalException($"{source}: architecture {Refusal.Quote(name)} is not one that Frugal knows.");
    }

    /// <summary>A configuration that the transformers library reads.</summary>
    public static string Write(TextModel model)
    {
        var json = (JsonObject)JsonSerializer.SerializeToNode(model.Config, model.Config.GetType(), options)!;
        json["architectures"] = new JsonArray(ArchitectureOf(model.Config.ModelType, model.Head));
        // That library takes the number of classes from their names.
        if (json.Remove("num_labels") && model.Head is TextHead.SequenceClassification or TextHead.TokenClassification)
            json["id2label"] = new JsonObject(Enumerable.Range(0, model.Config.NumLabels).Select(label => KeyValuePair.Create<string, JsonNode?>($"{label}", $"LABEL_{label}")));
        return json.ToJsonString(options);
    }

    private static string? FamilyOf(JsonElement json) => json.TryGetProperty("model_type", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string ArchitectureOf(string family, TextHead head)
    {
        string name = family switch { "bert" => "Bert", "distilbert" => "DistilBert", "gpt2" => "GPT2", _ => "Llama" };
        return name + (head == TextHead.CausalLanguageModel && family == "gpt2" ? "LMHeadModel" : architectures.First(architecture => architecture.Head == head).Ending);
    }
}

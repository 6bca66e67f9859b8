using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Frugal.Catalogue.Documents;
using Frugal.Interop;

namespace Frugal.Models.Text.Checkpoints;

/// <summary><c>config.json</c> of the transformers library from and to our descriptions. Keys that no family of ours has are ignored, as there.</summary>
internal static class TextModelJson
{
    // Keys are the properties that state one: what else describes a model of ours is not that library's business.
    private static readonly JsonSerializerOptions options = new()
    {
        WriteIndented = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LeaveOutWithoutKey } },
    };

    private static readonly Dictionary<string, (Type Type, string Name)> families = new(StringComparer.Ordinal)
    {
        ["bert"] = (typeof(BertConfig), "Bert"),
        ["distilbert"] = (typeof(DistilBertConfig), "DistilBert"),
        ["gpt2"] = (typeof(Gpt2Config), "GPT2"),
        ["llama"] = (typeof(LlamaConfig), "Llama"),
        ["widenet"] = (typeof(WideNetTextConfig), "WideNet"),
        ["parallel-decoder"] = (typeof(ParallelDecoderConfig), "ParallelDecoder"),
        ["wide-encoder"] = (typeof(WideEncoderConfig), "WideEncoder"),
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

    /// <summary>The description of a model with the head that it was saved with, where that is said.</summary>
    /// <param name="json">The file.</param>
    /// <param name="own">What we wrote into it ourselves, or null.</param>
    /// <param name="source">The file's name, for messages.</param>
    /// <exception cref="FrugalException">The family is not known, or an option is not what it may be; the message names it.</exception>
    public static TextModelConfig Read(JsonElement json, DocumentMapping? own, string source)
    {
        var type = RequireFamily(json, source);
        try
        {
            var config = (TextModelConfig)json.Deserialize(type, options)!;
            return config with { Head = HeadOf(json, source), NumClasses = ClassesOf(json), Tokens = ((own?["input_shape"] as DocumentList)?.Items is [DocumentScalar tokens] ? (int?)tokens.AsNumber : null) };
        }
        catch (JsonException error)
        {
            string place = error.Path is { } path && !error.Message.Contains(path, StringComparison.Ordinal) ? path.TrimStart('$', '.') + " " : "";
            throw new FrugalException($"{source}: {place}{error.Message}", error);
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new FrugalException($"{source}: {error.Message.Split(" (Parameter", 2)[0]}.", error);
        }
    }

    /// <summary>The description's type.</summary>
    /// <exception cref="FrugalException">The family is not one of ours.</exception>
    public static Type RequireFamily(JsonElement json, string source) => FamilyOf(json) is { } family && families.TryGetValue(family, out var known)
        ? known.Type
        : throw new FrugalException($"{source}: model_type is {Refusal.Quote(FamilyOf(json) ?? "absent")}; Frugal knows {string.Join(", ", families.Keys)}.");

    private static int? ClassesOf(JsonElement json) =>
        json.TryGetProperty("id2label", out var labels) && labels.ValueKind == JsonValueKind.Object ? labels.EnumerateObject().Count()
        : json.TryGetProperty("num_labels", out var count) && count.TryGetInt32(out int number) ? number
        : null;

    private static TextHead? HeadOf(JsonElement json, string source)
    {
        if (!json.TryGetProperty("architectures", out var names) || names.ValueKind != JsonValueKind.Array || names.GetArrayLength() == 0 || names[0].GetString() is not { } name)
            return null;
        foreach (var (ending, head) in architectures)
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
                return head;
        }
        throw new FrugalException($"{source}: architecture {Refusal.Quote(name)} is not one that Frugal knows: its name must end in {string.Join(", ", architectures.Select(known => known.Ending))}.");
    }

    /// <summary>A configuration that the transformers library reads.</summary>
    /// <param name="model">The model.</param>
    /// <param name="classNames">Names of the classes, or null where they are not known.</param>
    /// <param name="own">What that library has no word for.</param>
    public static string Write(TextModel model, IReadOnlyList<string>? classNames, JsonNode own)
    {
        var json = (JsonObject)JsonSerializer.SerializeToNode(model.Config, model.Config.GetType(), options)!;
        json["architectures"] = new JsonArray(ArchitectureOf(model.TextConfig.ModelType, model.Head));
        // That library takes the number of classes from their names.
        if (model.Head is TextHead.SequenceClassification or TextHead.TokenClassification)
            json["id2label"] = new JsonObject(Enumerable.Range(0, model.NumClasses).Select(label => KeyValuePair.Create<string, JsonNode?>($"{label}", classNames?.ElementAtOrDefault(label) ?? $"LABEL_{label}")));
        json[ModelDescription.OwnKey] = own;
        return json.ToJsonString(options);
    }

    private static void LeaveOutWithoutKey(JsonTypeInfo type)
    {
        for (int i = type.Properties.Count - 1; i >= 0; i--)
        {
            if (type.Properties[i].AttributeProvider is MemberInfo member && !Attribute.IsDefined(member, typeof(JsonPropertyNameAttribute), inherit: true))
                type.Properties.RemoveAt(i);
        }
    }

    private static string? FamilyOf(JsonElement json) => json.TryGetProperty("model_type", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string ArchitectureOf(string family, TextHead head)
    {
        string name = families[family].Name;
        return name + (head == TextHead.CausalLanguageModel && family == "gpt2" ? "LMHeadModel" : architectures.First(architecture => architecture.Head == head).Ending);
    }
}

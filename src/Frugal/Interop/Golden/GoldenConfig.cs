using System.Text.Json;

namespace Frugal.Interop;

/// <summary>The configuration of a golden case: a JSON object whose getters name the key and the file when something is not as asked.</summary>
public sealed class GoldenConfig
{
    private readonly string where;

    private GoldenConfig(JsonElement json, string where)
    {
        Json = json;
        this.where = where;
    }

    /// <summary>The object itself.</summary>
    public JsonElement Json { get; }

    /// <summary>The keys, in the order of the file.</summary>
    public IEnumerable<string> Keys => Json.EnumerateObject().Select(property => property.Name);

    /// <summary>Whether the key is there and not <c>null</c>.</summary>
    public bool Has(string key) => Json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A whole number of 32 bits.</summary>
    /// <exception cref="FrugalException">The key is missing or of another kind.</exception>
    public int Int(string key) => ToInt(Required(key), key);

    /// <summary>A whole number of 64 bits.</summary>
    /// <exception cref="FrugalException">The key is missing or of another kind.</exception>
    public long Long(string key) => ToLong(Required(key), key);

    /// <summary>A number.</summary>
    /// <exception cref="FrugalException">The key is missing or of another kind.</exception>
    public double Double(string key) => ToDouble(Required(key), key);

    /// <summary>A number, or <c>null</c> where the key is missing or null: sheets write so for "switched off".</summary>
    /// <exception cref="FrugalException">The key is of another kind.</exception>
    public double? DoubleOrNull(string key) => Has(key) ? Double(key) : null;

    /// <summary>A whole number, or <c>null</c> where the key is missing or null.</summary>
    /// <exception cref="FrugalException">The key is of another kind.</exception>
    public int? IntOrNull(string key) => Has(key) ? Int(key) : null;

    /// <summary>True or false.</summary>
    /// <exception cref="FrugalException">The key is missing or of another kind.</exception>
    public bool Bool(string key) => Required(key) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : throw Wrong(key, "true or false");

    /// <summary>Text.</summary>
    /// <exception cref="FrugalException">The key is missing or of another kind.</exception>
    public string Text(string key) => ToText(Required(key), key);

    /// <summary>Whether a key has text, where it may also have a number.</summary>
    /// <exception cref="FrugalException">The key is missing.</exception>
    public bool IsText(string key) => Required(key).ValueKind == JsonValueKind.String;

    /// <summary>Text, or <c>null</c> where the key is missing or null.</summary>
    /// <exception cref="FrugalException">The key is of another kind.</exception>
    public string? TextOrNull(string key) => Has(key) ? Text(key) : null;

    /// <summary>A list of whole numbers.</summary>
    /// <exception cref="FrugalException">The key is missing or of another kind.</exception>
    public int[] Ints(string key) => [.. Items(key).Select(item => ToInt(item, key))];

    /// <summary>A list of whole numbers of 64 bits, such as a shape.</summary>
    /// <exception cref="FrugalException">The key is missing or of another kind.</exception>
    public long[] Longs(string key) => [.. Items(key).Select(item => ToLong(item, key))];

    /// <summary>A list of numbers.</summary>
    /// <exception cref="FrugalException">The key is missing or of another kind.</exception>
    public double[] Doubles(string key) => [.. Items(key).Select(item => ToDouble(item, key))];

    /// <summary>A list of texts.</summary>
    /// <exception cref="FrugalException">The key is missing or of another kind.</exception>
    public string[] Texts(string key) => [.. Items(key).Select(item => ToText(item, key))];

    /// <summary>An object inside this one.</summary>
    /// <exception cref="FrugalException">The key is missing or of another kind.</exception>
    public GoldenConfig Section(string key) => ToSection(Required(key), key);

    /// <summary>A list of objects.</summary>
    /// <exception cref="FrugalException">The key is missing or of another kind.</exception>
    public GoldenConfig[] Sections(string key) => [.. Items(key).Select((item, i) => ToSection(item, $"{key}[{i}]"))];

    /// <summary>Parses bounded JSON.</summary>
    /// <param name="json">UTF-8 text.</param>
    /// <param name="where">What to call it in messages.</param>
    /// <exception cref="FrugalException">The text is not a JSON object.</exception>
    public static GoldenConfig Parse(ReadOnlyMemory<byte> json, string where)
    {
        using var document = JsonFile.Parse(json, where);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? new GoldenConfig(document.RootElement.Clone(), where)
            : throw new FrugalException($"{where} must be a JSON object, found {document.RootElement.ValueKind}.");
    }

    private JsonElement Required(string key) => Json.TryGetProperty(key, out var value)
        ? value
        : throw new FrugalException($"{where} has no key '{key}'; it has {string.Join(", ", Keys.Select(Refusal.Quote))}.");

    private JsonElement.ArrayEnumerator Items(string key) =>
        Required(key) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : throw Wrong(key, "a list");

    private int ToInt(JsonElement value, string key) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Wrong(key, "a whole number of 32 bits");

    private long ToLong(JsonElement value, string key) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : throw Wrong(key, "a whole number");

    private double ToDouble(JsonElement value, string key) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Wrong(key, "a number");

    private string ToText(JsonElement value, string key) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(key, "text");

    private GoldenConfig ToSection(JsonElement value, string key) =>
        value.ValueKind == JsonValueKind.Object ? new GoldenConfig(value, $"'{key}' in {where}") : throw Wrong(key, "an object");

    private FrugalException Wrong(string key, string what) =>
        new($"'{key}' in {where} must be {what}, found {Refusal.Quote(Required(key.Split('[')[0]).GetRawText())}.");
}

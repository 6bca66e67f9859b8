using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;

namespace Frugal.Catalogue.Schema;

/// <summary>
/// Describes documents as a JSON schema (draft 2020-12), from which editors complete names and mark mistakes while a person writes. It says what the binder
/// would say, as far as a schema can.
/// </summary>
public sealed class JsonSchema
{
    private readonly CatalogueIndex catalogue;
    private readonly ObjectWriter writer = new(withDefaults: false);
    private readonly SortedDictionary<string, DocumentNode> definitions = new(StringComparer.Ordinal);

    private JsonSchema(CatalogueIndex catalogue) => this.catalogue = catalogue;

    /// <summary>The schema of documents that describe one of several types.</summary>
    /// <param name="catalogue">The entries that may be named.</param>
    /// <param name="title">What the documents are, for people.</param>
    /// <param name="types">The types, e.g. <c>Recipe</c> and <c>Study</c>.</param>
    public static DocumentMapping Of(CatalogueIndex catalogue, string title, params Type[] types)
    {
        var schema = new JsonSchema(catalogue);
        var roots = types.Select(type => schema.ShapeOf(OptionShape.Of(type))).ToList<DocumentNode>();
        return Object(
            ("$schema", Text("https://json-schema.org/draft/2020-12/schema")),
            ("title", Text(title)),
            ("anyOf", new DocumentList(roots)),
            ("$defs", new DocumentMapping([.. schema.definitions.Select(pair => new DocumentMember(pair.Key, pair.Value))])));
    }

    private DocumentMapping ShapeOf(OptionShape shape, RangeAttribute? range = null) => shape switch
    {
        OptionShape.Scalar { IsNumber: true } number => Number(number, range),
        OptionShape.Scalar { Type: var type } when type == typeof(bool) => Object(("type", Text("boolean"))),
        OptionShape.Scalar { Parse: not null } => Object(("type", List(Text("string"), Text("number")))),
        OptionShape.Scalar => Object(("type", Text("string"))),
        OptionShape.Choice choice => Choice(choice),
        OptionShape.List list => Object(("type", Text("array")), ("items", ShapeOf(list.Item))),
        OptionShape.Map map => Object(("type", Text("object")), ("additionalProperties", ShapeOf(map.Value))),
        OptionShape.Group group => Defined(KebabCase.Of(group.Type.Name), () => Options(EntryOption.Of(group.Type), OptionDefaults.Of(group.Type, EntryOption.Of(group.Type)), XmlDocumentation.Of(group.Type))),
        OptionShape.Entry entry => Defined(KebabCase.Of(entry.Type.Name), () => Kind(entry)),
        _ => throw new NotSupportedException($"{shape.GetType()} has no schema."),
    };

    // An entry is its name alone, or a mapping of the one name to its options.
    private DocumentMapping Kind(OptionShape.Entry shape)
    {
        var entries = catalogue.Of(shape.Type).ToList();
        var alone = entries.Where(entry => !entry.Options.Any(option => option.IsRequired)).SelectMany(entry => entry.Presets.Select(preset => preset.Name).Prepend(entry.Name));
        var named = entries.SelectMany(entry => entry.Presets.Select(preset => (preset.Name, entry, preset.Summary)).Prepend((entry.Name, entry, entry.Summary)));
        return Object(("anyOf", List(
            Object(("type", Text("string")), ("enum", List([.. alone.Select(Text)]))),
            Object(
                ("type", Text("object")),
                ("minProperties", new DocumentScalar("1")),
                ("maxProperties", new DocumentScalar("1")),
                ("additionalProperties", new DocumentScalar("false")),
                ("properties", new DocumentMapping([.. named.Select(pair => new DocumentMember(pair.Name, Entry(shape, pair.entry).With("description", Text(pair.Summary))))]))))));
    }

    private DocumentMapping Entry(OptionShape.Entry shape, CatalogueEntry entry) => Defined($"{KebabCase.Of(shape.Type.Name)}.{entry.Name}", () =>
    {
        var forms = new List<DocumentNode> { Options(entry.Options, entry.Defaults, entry.Summary) };
        if (entry.Shorthand is { } shorthand)
            forms.Add(ShapeOf(shorthand.Shape, shorthand.Range));
        if (!entry.Options.Any(option => option.IsRequired))
            forms.Add(Object(("type", Text("null"))));
        return forms.Count == 1 ? (DocumentMapping)forms[0] : Object(("anyOf", new DocumentList(forms)));
    });

    private DocumentMapping Options(IReadOnlyList<EntryOption> options, IReadOnlyDictionary<EntryOption, object?> defaults, string description)
    {
        var described = Object(
            ("type", Text("object")),
            ("description", Text(description)),
            ("additionalProperties", new DocumentScalar("false")),
            ("properties", new DocumentMapping([.. options.Select(option => new DocumentMember(option.Name, Option(option, defaults)))])));
        string[] required = [.. options.Where(option => option.IsRequired).Select(option => option.Name)];
        return required.Length == 0 ? described : described.With("required", List([.. required.Select(Text)]));
    }

    private DocumentMapping Option(EntryOption option, IReadOnlyDictionary<EntryOption, object?> defaults)
    {
        var schema = ShapeOf(option.Shape, option.Range);
        if (option.AllowsNull)
            schema = schema["type"] is DocumentScalar type && schema["enum"] is null
                ? schema.With("type", List(type, Text("null")))
                : Object(("anyOf", List(schema, Object(("type", Text("null"))))));
        schema = schema.With("description", Text(option.Summary));
        return defaults.TryGetValue(option, out object? value) && value is not null ? schema.With("default", writer.Write(option.Shape, value)) : schema;
    }

    private static DocumentMapping Number(OptionShape.Scalar shape, RangeAttribute? range)
    {
        var schema = Object(("type", Text(shape.IsWhole ? "integer" : "number")));
        if (range is null)
            return schema;
        if (range.Low > long.MinValue)
            schema = schema.With(range.AboveLow ? "exclusiveMinimum" : "minimum", DocumentScalar.OfNumber(range.Low));
        if (range.High < long.MaxValue)
            schema = schema.With(range.BelowHigh ? "exclusiveMaximum" : "maximum", DocumentScalar.OfNumber(range.High));
        return schema;
    }

    private static DocumentMapping Choice(OptionShape.Choice choice) => Object(("type", Text("string")), ("enum", List([.. choice.Values.Select(Text)])));

    private DocumentMapping Defined(string name, Func<DocumentMapping> define)
    {
        if (!definitions.ContainsKey(name))
        {
            // Holds the place while the definition is made, which may refer to itself.
            definitions[name] = DocumentScalar.Null;
            definitions[name] = define();
        }
        return Object(("$ref", Text($"#/$defs/{name}")));
    }

    private static DocumentMapping Object(params (string Name, DocumentNode Value)[] members) =>
        new([.. members.Select(member => new DocumentMember(member.Name, member.Value))]);

    private static DocumentList List(params DocumentNode[] items) => new(items);

    private static DocumentScalar Text(string text) => DocumentScalar.OfText(text);
}

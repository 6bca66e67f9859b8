using System.Reflection;

namespace Frugal.Catalogue;

/// <summary>What the catalogue knows of one entry. All of it is read from the type: its attributes, options and documentation comments.</summary>
public sealed class CatalogueEntry
{
    private readonly Lazy<IReadOnlyList<EntryOption>> options;

    internal CatalogueEntry(CatalogueKind kind, Type type, EntryAttribute attribute)
    {
        Kind = kind;
        Type = type;
        Name = attribute.Name;
        Paper = attribute.Paper;
        options = new(() => EntryOption.Of(type));
        Presets = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Select(property => (property, attribute: property.GetCustomAttribute<PresetAttribute>()))
            .Where(pair => pair.attribute is not null)
            .Select(pair => new CataloguePreset(pair.attribute!.Name, this, pair.property))];
    }

    /// <summary>Its kind.</summary>
    public CatalogueKind Kind { get; }

    /// <summary>Its short name, e.g. <c>gradual-pruning</c>.</summary>
    public string Name { get; }

    /// <summary>The type.</summary>
    public Type Type { get; }

    /// <summary>Slug of the paper it implements, or null.</summary>
    public string? Paper { get; }

    /// <summary>Named sets of its options.</summary>
    public IReadOnlyList<CataloguePreset> Presets { get; }

    /// <summary>Its options.</summary>
    public IReadOnlyList<EntryOption> Options => options.Value;

    /// <summary>The option that may be written without its name, or null.</summary>
    public EntryOption? Shorthand => Options.FirstOrDefault(option => option.IsShorthand);

    /// <summary>What its documentation comment says, as one line of plain text.</summary>
    public string Summary => XmlDocumentation.Of(Type);

    /// <summary>What it works on and combines with; all empty when the type does not say.</summary>
    public CapabilitiesAttribute Capabilities => Type.GetCustomAttribute<CapabilitiesAttribute>() ?? new();

    /// <summary>The catalogue-wide checks it cannot take part in, with reasons.</summary>
    public IReadOnlyList<UnsupportedAttribute> Unsupported => [.. Type.GetCustomAttributes<UnsupportedAttribute>()];

    /// <summary>
    /// Defaults by option. Options that must be given are absent, and so are properties of a type whose constructor needs values: their defaults are known
    /// only once it has them.
    /// </summary>
    public IReadOnlyDictionary<EntryOption, object?> Defaults => OptionDefaults.Of(Type, Options);

    /// <inheritdoc/>
    public override string ToString() => $"{Kind.Name} {Name}";
}

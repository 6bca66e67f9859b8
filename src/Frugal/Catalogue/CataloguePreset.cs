using System.Reflection;

namespace Frugal.Catalogue;

/// <summary>A named set of an entry's options, e.g. a published model size.</summary>
public sealed class CataloguePreset
{
    private readonly PropertyInfo property;

    internal CataloguePreset(string name, CatalogueEntry entry, PropertyInfo property)
    {
        Name = name;
        Entry = entry;
        this.property = property;
    }

    /// <summary>Its name, which can be written wherever the entry's can.</summary>
    public string Name { get; }

    /// <summary>The entry whose options it sets.</summary>
    public CatalogueEntry Entry { get; }

    /// <summary>What its documentation comment says, as one line of plain text.</summary>
    public string Summary => XmlDocumentation.Of(property);

    /// <summary>Number of parameters published for it, or null where none was published.</summary>
    public long? Parameters => Attribute is { Parameters: > 0 } attribute ? attribute.Parameters : null;

    /// <summary>Where it was published, or null where it was not.</summary>
    public string? Source => Attribute.Source;

    private PresetAttribute Attribute => property.GetCustomAttribute<PresetAttribute>()!;

    /// <summary>The object with the preset's options. It may be shared: copy, do not change.</summary>
    public object Value => property.GetValue(null) ?? throw new InvalidOperationException($"{property.DeclaringType}.{property.Name} is null.");
}

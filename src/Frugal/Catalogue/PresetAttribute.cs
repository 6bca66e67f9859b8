namespace Frugal.Catalogue;

/// <summary>
/// Marks a public static property that returns a ready-made object of its catalogued type, e.g. a published model size.
/// The preset's name can be written wherever the entry's can, and options written under it override the preset's.
/// </summary>
/// <param name="name">Name of the preset, e.g. <c>resnet50</c>; unique among entries and presets of its kind.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PresetAttribute(string name) : Attribute
{
    /// <summary>Name of the preset.</summary>
    public string Name { get; } = name;

    /// <summary>Number of parameters published for it, so that a list can be printed without building anything; 0 where none was published.</summary>
    public long Parameters { get; init; }

    /// <summary>Where it was published, e.g. <c>He et al. 2015, table 6</c>; null where it was not.</summary>
    public string? Source { get; init; }
}

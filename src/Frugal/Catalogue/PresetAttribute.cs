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
}

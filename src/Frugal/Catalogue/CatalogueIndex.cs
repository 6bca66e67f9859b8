using System.Reflection;

namespace Frugal.Catalogue;

/// <summary>
/// The index of every layer, model, step, training method, optimizer, objective and dataset by its short name. It is made by one scan of the assembly's types for
/// <see cref="EntryAttribute"/>: adding a method means adding one file, and no list anywhere else. An index never changes; <see cref="With"/> makes a larger one,
/// which is handed to whoever binds or lists.
/// </summary>
/// <remarks>
/// What a source generator would refuse at build time (a missing documentation comment, a default out of range, a paper without a folder) a catalogue-wide test refuses
/// instead: generators cannot see defaults that are computed, and a test gives every entry's name with its fault at once.
/// </remarks>
public sealed class CatalogueIndex
{
    private static readonly Lazy<CatalogueIndex> ours = new(() => Of([typeof(CatalogueIndex).Assembly]));

    private readonly IReadOnlyList<Assembly> assemblies;
    private readonly Dictionary<(Type Kind, string Name), CatalogueEntry> entries = [];
    private readonly Dictionary<(Type Kind, string Name), CataloguePreset> presets = [];

    internal CatalogueIndex(IReadOnlyList<Assembly> assemblies, IEnumerable<Type> types)
    {
        this.assemblies = assemblies;
        foreach (var type in types)
            if (type.GetCustomAttribute<EntryAttribute>() is { } attribute)
                Add(new CatalogueEntry(KindOf(type, attribute), type, attribute));
        Entries = [.. entries.Values.OrderBy(entry => entry.Kind.Plural, StringComparer.Ordinal).ThenBy(entry => entry.Name, StringComparer.Ordinal)];
        Kinds = [.. Entries.Select(entry => entry.Kind).Distinct()];
    }

    /// <summary>The entries that come with Frugal, indexed at first use.</summary>
    public static CatalogueIndex Default => ours.Value;

    /// <summary>All entries, by kind and name.</summary>
    public IReadOnlyList<CatalogueEntry> Entries { get; }

    /// <summary>The kinds that have entries.</summary>
    public IReadOnlyList<CatalogueKind> Kinds { get; }

    /// <summary>An index of these entries and those of another assembly.</summary>
    /// <exception cref="FrugalException">A name is taken, or an entry of the assembly is of no kind.</exception>
    public CatalogueIndex With(Assembly assembly) => assemblies.Contains(assembly) ? this : Of([.. assemblies, assembly]);

    /// <summary>The entries that may stand where <paramref name="type"/> is expected, by name.</summary>
    public IEnumerable<CatalogueEntry> Of(Type type) => Entries.Where(entry => entry.Type.IsAssignableTo(type));

    /// <summary>The names that may be written where <paramref name="type"/> is expected: entries and presets.</summary>
    public IEnumerable<string> NamesOf(Type type) =>
        Of(type).SelectMany(entry => entry.Presets.Select(preset => preset.Name).Prepend(entry.Name));

    /// <summary>The entry with this name that may stand where <paramref name="type"/> is expected, or null.</summary>
    public CatalogueEntry? Find(Type type, string name) => Of(type).FirstOrDefault(entry => entry.Name == name);

    /// <summary>The preset with this name that may stand where <paramref name="type"/> is expected, or null.</summary>
    public CataloguePreset? FindPreset(Type type, string name) => Of(type).SelectMany(entry => entry.Presets).FirstOrDefault(preset => preset.Name == name);

    /// <summary>The entry that a type is, or null when the catalogue does not have it.</summary>
    public CatalogueEntry? Find(Type type) => type.GetCustomAttribute<EntryAttribute>() is { } attribute && OptionShape.KindTypeOf(type) is { } kind
        && entries.TryGetValue((kind, attribute.Name), out var entry) && entry.Type == type ? entry : null;

    private static CatalogueIndex Of(IReadOnlyList<Assembly> assemblies) => new(assemblies, assemblies.SelectMany(TypesOf));

    private void Add(CatalogueEntry entry)
    {
        if (!entries.TryAdd((entry.Kind.Type, entry.Name), entry))
            throw Taken(entry.Kind, entry.Name, entries[(entry.Kind.Type, entry.Name)].Type, entry.Type);
        foreach (var preset in entry.Presets)
            if (!presets.TryAdd((entry.Kind.Type, preset.Name), preset))
                throw Taken(entry.Kind, preset.Name, presets[(entry.Kind.Type, preset.Name)].Entry.Type, entry.Type);
        foreach (var ((kind, name), preset) in presets)
            if (entries.TryGetValue((kind, name), out var taken))
                throw Taken(entry.Kind, name, taken.Type, preset.Entry.Type);
    }

    private static FrugalException Taken(CatalogueKind kind, string name, Type first, Type second) =>
        new($"The name '{name}' is given to two {kind.Plural}, {first.FullName} and {second.FullName}; rename one.");

    private static CatalogueKind KindOf(Type type, EntryAttribute attribute) => OptionShape.KindTypeOf(type) is { } kindType
        ? kindType.GetCustomAttribute<CatalogueKindAttribute>(inherit: false) is var kind ? new(kind!.Name, kind.Plural, kindType) : null!
        : throw new FrugalException($"{type.FullName} is marked [Entry(\"{attribute.Name}\")], but no base type of it is a kind of entry; derive it from Step, TrainingMethod, Optimizer or another type with [CatalogueKind].");

    private static Type[] TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            throw new FrugalException($"{assembly.GetName().Name} refers to a library that is not there: {e.LoaderExceptions.FirstOrDefault()?.Message}", e);
        }
    }
}

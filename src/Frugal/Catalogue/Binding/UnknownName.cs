namespace Frugal.Catalogue.Binding;

/// <summary>What to say of a name that is not known: the nearest one, where it would have been right, or all there are.</summary>
internal static class UnknownName
{
    /// <summary>Names that are worth listing in a message; longer lists are for <c>frugal methods</c>.</summary>
    private const int MostListed = 12;

    /// <summary>The message for an entry that is not there.</summary>
    public static string Message(CatalogueIndex catalogue, OptionShape.Entry shape, string name)
    {
        string shown = name.Length > 60 ? name[..57] + "..." : name;
        var elsewhere = catalogue.Entries.FirstOrDefault(entry => entry.Name == name || entry.Presets.Any(preset => preset.Name == name));
        if (elsewhere is not null)
            return $"`{shown}` is a {elsewhere.Kind.Name}, not a {shape.Kind.Name}";
        string[] names = [.. catalogue.NamesOf(shape.Type)];
        return $"there is no {shape.Kind.Name} `{shown}`{Known(name, names, "`frugal methods` lists them")}";
    }

    /// <summary>The message for an option that is not there.</summary>
    public static string Message(string owner, IReadOnlyList<string> options, string name)
    {
        string shown = name.Length > 60 ? name[..57] + "..." : name;
        return options.Count == 0
            ? $"`{owner}` has no options, but `{shown}` is given"
            : $"`{owner}` has no option `{shown}`{Known(name, options, $"`frugal methods {owner}` lists them")}";
    }

    private static string Known(string name, IReadOnlyCollection<string> names, string otherwise) => NearestName.Hint(name, names) is { Length: > 0 } hint
        ? hint
        : names.Count <= MostListed ? $"; known are {string.Join(", ", names)}" : $"; {otherwise}";
}

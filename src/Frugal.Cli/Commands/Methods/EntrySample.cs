using System.Globalization;
using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Recipes;

namespace Frugal.Cli.Commands.Methods;

/// <summary>An entry as a person would write it, with a few of its options at their defaults, made from the types so that it is never out of date.</summary>
internal static class EntrySample
{
    private const int MostOptions = 3;

    /// <summary>The part of a recipe that has the entry, or null for a kind that recipes do not name.</summary>
    public static string? Yaml(CatalogueIndex catalogue, CatalogueEntry entry)
    {
        var options = Shown(entry).Select(pair => new DocumentMember(pair.Option.Name, new ObjectWriter(withDefaults: false).Write(pair.Option.Shape, pair.Value))).ToList();
        DocumentNode sample = options.Count == 0 ? new DocumentScalar(entry.Name) : DocumentMapping.Of(entry.Name, new DocumentMapping(options));
        return Placed(catalogue, EntryOption.Of(typeof(Recipe)), entry, sample, depth: 2) is { } recipe ? YamlWriter.Write(recipe) : null;
    }

    /// <summary>The expression that makes it.</summary>
    public static string CSharp(CatalogueEntry entry)
    {
        var shown = Shown(entry).ToList();
        string arguments = string.Join(", ", shown.Where(pair => pair.Option.Parameter is not null).Select(pair => $"{pair.Option.Parameter!.Name}: {Literal(pair.Value)}"));
        string properties = string.Join(", ", shown.Where(pair => pair.Option.Parameter is null).Select(pair => $"{pair.Option.Property.Name} = {Literal(pair.Value)}"));
        return $"new {entry.Type.Name}" + (arguments.Length > 0 || properties.Length == 0 ? $"({arguments})" : "") + (properties.Length > 0 ? $" {{ {properties} }}" : "");
    }

    // Where recipes have a place for the kind: an option of the recipe, or of a step or another entry that a recipe has a place for.
    private static DocumentMapping? Placed(CatalogueIndex catalogue, IReadOnlyList<EntryOption> options, CatalogueEntry entry, DocumentNode sample, int depth)
    {
        foreach (var option in options)
            if (Holds(option.Shape, entry.Kind.Type) is { } isList)
                return DocumentMapping.Of(option.Name, isList ? new DocumentList([sample]) : sample);
        if (depth == 0)
            return null;
        foreach (var option in options)
            foreach (var holder in catalogue.Entries.Where(holder => Holds(option.Shape, holder.Kind.Type) is not null))
                if (Placed(catalogue, holder.Options, entry, sample, depth - 1) is { } inside)
                {
                    var named = DocumentMapping.Of(holder.Name, inside);
                    return DocumentMapping.Of(option.Name, Holds(option.Shape, holder.Kind.Type) == true ? new DocumentList([named]) : named);
                }
        return null;
    }

    private static bool? Holds(OptionShape shape, Type kind) => shape switch
    {
        OptionShape.Entry entry when entry.Type == kind => false,
        OptionShape.List { Item: OptionShape.Entry item } when item.Type == kind => true,
        _ => null,
    };

    // What must be given, then the first of the entry's own options that have a plain default.
    private static IEnumerable<(EntryOption Option, object Value)> Shown(CatalogueEntry entry)
    {
        var required = entry.Options.Where(option => option.IsRequired).Select(option => (option, Value: Example(option.Shape, option))).Where(pair => pair.Value is not null);
        var usual = entry.Options.Where(option => !option.IsRequired && option.Property.DeclaringType == entry.Type && option.Shape is OptionShape.Scalar or OptionShape.Choice)
            .Select(option => (option, Value: entry.Defaults.GetValueOrDefault(option))).Where(pair => pair.Value is not null);
        return required.Concat(usual).Take(Math.Max(MostOptions, required.Count())).Select(pair => (pair.option, pair.Value!));
    }

    private static object? Example(OptionShape shape, EntryOption option) => shape switch
    {
        OptionShape.Choice choice => Enum.GetValues(choice.Type).GetValue(0),
        OptionShape.Scalar { Type: var type } when type == typeof(string) => option.Name,
        OptionShape.Scalar { IsNumber: true, Type: var type } => Convert.ChangeType(InRange(option.Range), type, CultureInfo.InvariantCulture),
        OptionShape.Scalar { Type: var type } when type == typeof(bool) => true,
        _ => null,
    };

    private static double InRange(RangeAttribute? range) => range is null ? 64 : Math.Clamp(64, double.IsFinite(range.Low) ? range.Low : 1, range.High);

    private static string Literal(object value) => value switch
    {
        bool truth => truth ? "true" : "false",
        string text => $"\"{text}\"",
        Enum member => $"{member.GetType().Name}.{member}",
        Duration { Unit: DurationUnit.Share } share => share.Value.ToString("R", CultureInfo.InvariantCulture),
        Duration { Unit: DurationUnit.Epochs } epochs => $"Duration.Epochs({epochs.Value.ToString("R", CultureInfo.InvariantCulture)})",
        Duration updates => $"Duration.Batches({updates.Value.ToString("R", CultureInfo.InvariantCulture)})",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        float number => number.ToString("R", CultureInfo.InvariantCulture) + "f",
        IFormattable number when value is int or long => number.ToString(null, CultureInfo.InvariantCulture),
        _ => $"{value.GetType().Name}.Parse(\"{value}\")",
    };
}

using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;

namespace Frugal.Cli.Commands.Methods;

/// <summary>An option's type, range and default in words.</summary>
internal static class OptionText
{
    /// <summary>Type and range, e.g. <c>number, 0 or more and below 1</c>.</summary>
    public static string Kind(EntryOption option) => option.Shape.Words + (option.Range is { } range && Range(range) is { Length: > 0 } words ? $", {words}" : "");

    /// <summary>The default, e.g. <c>default 0.9</c>.</summary>
    public static string Default(CatalogueEntry entry, EntryOption option)
    {
        if (option.IsRequired)
            return "required";
        if (!entry.Defaults.TryGetValue(option, out object? value))
            return "may be left out";
        return value is null ? "empty by default" : $"default {Written(option, value)}";
    }

    /// <summary>A value as a recipe writes it.</summary>
    public static string Written(EntryOption option, object value) =>
        new ObjectWriter(withDefaults: false).Write(option.Shape, value) is DocumentScalar scalar ? scalar.Text : new ObjectWriter(withDefaults: false).Write(option.Shape, value).ToString();

    private static string Range(RangeAttribute range)
    {
        string low = Number(range.Low), high = Number(range.High);
        // The ends of the 64-bit integers mean that there is no end.
        return (range.Low > long.MinValue, range.High < long.MaxValue, range.AboveLow, range.BelowHigh) switch
        {
            (true, true, false, false) => $"{low} to {high}",
            (true, true, true, false) => $"above {low}, at most {high}",
            (true, true, false, true) => $"{low} or more, below {high}",
            (true, true, true, true) => $"between {low} and {high}",
            (true, false, true, _) => $"above {low}",
            (true, false, false, _) => $"{low} or more",
            (false, true, _, true) => $"below {high}",
            (false, true, _, false) => $"at most {high}",
            _ => "",
        };
    }

    private static string Number(double number) => DocumentScalar.OfNumber(number).Text;
}

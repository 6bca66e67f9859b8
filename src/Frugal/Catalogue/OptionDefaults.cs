namespace Frugal.Catalogue;

/// <summary>The values that options have when nothing is written.</summary>
internal static class OptionDefaults
{
    /// <summary>
    /// Defaults by option; required options are absent. They are read from a new object where making one needs no values. Layers need
    /// values (and libtorch), so theirs come from the constructor's parameters.
    /// </summary>
    public static IReadOnlyDictionary<EntryOption, object?> Of(Type type, IReadOnlyList<EntryOption> options)
    {
        var known = options.Where(option => !option.IsRequired).ToList();
        if (ObjectFactory.Parameters(type).Length == 0)
        {
            object made = Activator.CreateInstance(type)!;
            return known.ToDictionary(option => option, option => option.ValueOn(made));
        }
        return known.Where(option => option.Parameter is not null).ToDictionary(option => option, option => ObjectFactory.DefaultOf(option.Parameter!));
    }
}

using System.Collections;
using Frugal.Catalogue.Documents;

namespace Frugal.Catalogue.Binding;

/// <summary>Turns objects into the document from which <see cref="Binder"/> makes equal ones.</summary>
/// <param name="withDefaults">True to write every option, so that the document keeps its meaning when a default changes; false to write only what differs.</param>
/// <param name="naming">How option names are spelled.</param>
public sealed class ObjectWriter(bool withDefaults, OptionNaming naming = OptionNaming.Kebab)
{
    /// <summary>True to call an entry that is in no catalogue by the name of its type, instead of refusing it: for comparing, where nothing is built from the document.</summary>
    public bool NamesTypes { get; init; }

    /// <summary>The document of an object: an entry with its name, a type with options as a mapping.</summary>
    /// <exception cref="FrugalException">The object, or one in it, is of a kind whose type has no name in the catalogue.</exception>
    public DocumentNode Write(object value) => Write(OptionShape.Of(ShapeTypeOf(value)), value);

    /// <summary>The options of an object alone, without the name of the entry it is.</summary>
    public DocumentMapping WriteOptions(object value)
    {
        var options = EntryOption.Of(value.GetType());
        var defaults = withDefaults ? null : OptionDefaults.Of(value.GetType(), options);
        var members = new List<DocumentMember>();
        foreach (var option in options)
        {
            var written = Write(option, option.ValueOn(value));
            if (defaults is null || !defaults.TryGetValue(option, out object? usual) || written.ToString() != Write(option, usual).ToString())
                members.Add(new(naming == OptionNaming.Kebab ? option.Name : option.Name.Replace('-', '_'), written));
        }
        return new(members);
    }

    private DocumentNode Write(EntryOption option, object? value) => value is null ? DocumentScalar.Null : Write(option.Shape, value);

    /// <summary>The document of a value of a known shape.</summary>
    public DocumentNode Write(OptionShape shape, object value) => shape switch
    {
        OptionShape.Entry => WriteEntry(value),
        OptionShape.Group => WriteOptions(value),
        OptionShape.List list => new DocumentList([.. ((IEnumerable)value).Cast<object>().Select(item => Write(list.Item, item))]),
        OptionShape.Map map => WriteMap(map, value),
        _ => ScalarText.Write(value),
    };

    private DocumentNode WriteEntry(object value)
    {
        string? name = ((EntryAttribute?)Attribute.GetCustomAttribute(value.GetType(), typeof(EntryAttribute), inherit: false))?.Name;
        if (name is null)
            return NamesTypes ? DocumentScalar.OfText(value.GetType().Name) : throw new FrugalException($"{value.GetType().FullName} has no name in the catalogue, so it cannot be written into a file; mark it [Entry(\"its-name\")].");
        var options = WriteOptions(value);
        return options.Members.Count == 0 ? DocumentScalar.OfText(name) : DocumentMapping.Of(name, options);
    }

    private DocumentMapping WriteMap(OptionShape.Map map, object value)
    {
        // The one common face of dictionaries and of lists of tuples is the sequence of pairs.
        var pair = (map.IsOrdered ? typeof(ValueTuple<,>) : typeof(KeyValuePair<,>)).MakeGenericType(map.PairTypes);
        Func<object, object?> name = map.IsOrdered ? pair.GetField("Item1")!.GetValue : pair.GetProperty("Key")!.GetValue;
        Func<object, object?> item = map.IsOrdered ? pair.GetField("Item2")!.GetValue : pair.GetProperty("Value")!.GetValue;
        return new([.. ((IEnumerable)value).Cast<object>().Select(each => new DocumentMember((string)name(each)!, Write(map.Value, item(each)!)))]);
    }

    private static Type ShapeTypeOf(object value) => OptionShape.KindTypeOf(value.GetType()) ?? value.GetType();
}

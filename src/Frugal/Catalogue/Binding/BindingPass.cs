using System.Collections;
using Frugal.Catalogue.Documents;

namespace Frugal.Catalogue.Binding;

/// <summary>
/// One walk through a document. Where something is wrong it is noted, null is returned, and the walk goes on to find what else is; the binder throws
/// the result away if anything was noted.
/// </summary>
internal sealed class BindingPass(CatalogueIndex catalogue, OptionNaming naming)
{
    private readonly List<BindingError> errors = [];

    /// <summary>What was found wrong.</summary>
    public IReadOnlyList<BindingError> Errors => errors;

    /// <summary>The value of a shape.</summary>
    /// <param name="shape">What is expected.</param>
    /// <param name="node">What is there.</param>
    /// <param name="label">What to call the value in messages.</param>
    public object? Value(OptionShape shape, DocumentNode node, string label) => (shape, node) switch
    {
        (OptionShape.Entry entry, _) => Entry(entry, node, label),
        (OptionShape.Group group, _) => Group(group, node, label),
        (OptionShape.Scalar scalar, DocumentScalar { IsNull: false } written) => Noting(written, () => ScalarText.Read(scalar, written, label)),
        (OptionShape.Choice choice, DocumentScalar { IsNull: false } written) => Noting(written, () => ScalarText.Read(choice, written, label)),
        (OptionShape.List list, DocumentList written) => Items(list, written, label),
        (OptionShape.Map map, DocumentMapping written) => Members(map, written),
        (OptionShape.List, _) => Note(node.Mark, $"{label} must be a {shape.Words}, got {node.Words}; write [ ... ] or begin each item with '- '"),
        (OptionShape.Map, _) => Note(node.Mark, $"{label} must be a {shape.Words}, got {node.Words}"),
        (OptionShape.Choice choice, _) => Note(node.Mark, $"{label} must be one of {string.Join(", ", choice.Values)}; got {node.Words}"),
        _ => Note(node.Mark, $"{label} must be a {shape.Words}, got {node.Words}"),
    };

    /// <summary>The entry or preset of a name, with what is written beside the name.</summary>
    public object? Named(OptionShape.Entry shape, string name, DocumentMark mark, DocumentNode? beside)
    {
        var preset = catalogue.FindPreset(shape.Type, name);
        var entry = preset?.Entry ?? catalogue.Find(shape.Type, name);
        if (entry is null)
            return Note(mark, UnknownName.Message(catalogue, shape, name));
        return Options(entry.Type, entry.Name, entry.Options, beside, mark, preset?.Value);
    }

    private object? Entry(OptionShape.Entry shape, DocumentNode node, string label)
    {
        switch (node)
        {
            case DocumentScalar { IsNull: false } name:
                return Named(shape, name.Text, name.Mark, beside: null);
            case DocumentMapping { Members: [var only] }:
                return Named(shape, only.Name, only.Mark, only.Value);
            case DocumentMapping { Members: [var first, var second, ..] } when catalogue.NamesOf(shape.Type).Contains(first.Name):
                return Note(second.Mark, $"`{second.Name}` stands beside `{first.Name}`; indent it further to make it an option of `{first.Name}`");
            default:
                return Note(node.Mark, $"{label} must be a {shape.Words}, written as its name, or as {{ name: {{ option: value }} }}; got {node.Words}"
                    + (node is DocumentMapping ? " of several names" : ""));
        }
    }

    private object? Group(OptionShape.Group shape, DocumentNode node, string label)
    {
        var options = EntryOption.Of(shape.Type);
        if (node is DocumentMapping || options.Any(option => option.IsShorthand))
            return Options(shape.Type, shape.Words, options, node, node.Mark, preset: null);
        return Note(node.Mark, $"{label} must be a mapping of options ({string.Join(", ", options.Select(NameOf))}), got {node.Words}");
    }

    private object? Options(Type type, string owner, IReadOnlyList<EntryOption> options, DocumentNode? written, DocumentMark mark, object? preset)
    {
        int before = errors.Count;
        var values = preset is null ? [] : options.ToDictionary(option => option, option => option.ValueOn(preset));
        var places = new Dictionary<EntryOption, DocumentNode>();
        foreach (var (option, node) in Assigned(owner, options, written))
        {
            places[option] = node;
            values[option] = node is DocumentScalar { IsNull: true } && option.AllowsNull ? null : Value(option.Shape, node, $"`{NameOf(option)}`");
        }
        foreach (var missing in options.Where(option => option.IsRequired && !values.ContainsKey(option) && IsMapping(written)))
            Note(mark, $"`{owner}` needs `{NameOf(missing)}` ({missing.Shape.Words})");
        if (errors.Count > before)
            return null;
        try
        {
            return ObjectFactory.Make(type, values, (option, e) => Note(places.TryGetValue(option, out var place) ? place.Mark : mark, Refused.Message(e, option, NameOf(option))));
        }
        catch (Exception e) when (e is ArgumentException or FrugalException or FormatException)
        {
            // A constructor names its parameter; anything else it says is about the options together.
            var option = e is ArgumentException { ParamName: { } parameter } ? options.FirstOrDefault(option => option.Parameter?.Name == parameter) : null;
            return option is null
                ? Note(mark, $"`{owner}`: {Refused.Reason(e)}")
                : Note(places.TryGetValue(option, out var place) ? place.Mark : mark, Refused.Message(e, option, NameOf(option)));
        }
    }

    private IEnumerable<(EntryOption Option, DocumentNode Node)> Assigned(string owner, IReadOnlyList<EntryOption> options, DocumentNode? written)
    {
        switch (written)
        {
            case null or DocumentScalar { IsNull: true }:
                break;
            case DocumentMapping mapping:
                foreach (var member in mapping.Members)
                {
                    if (options.FirstOrDefault(option => NameOf(option) == member.Name) is { } option)
                        yield return (option, member.Value);
                    else
                        Note(member.Mark, UnknownName.Message(owner, [.. options.Select(NameOf)], member.Name));
                }
                break;
            default:
                if (options.FirstOrDefault(option => option.IsShorthand) is { } shorthand)
                    yield return (shorthand, written);
                else
                    Note(written.Mark, $"`{owner}` takes its options as a mapping, {{ option: value }}; got {written.Words}");
                break;
        }
    }

    private static bool IsMapping(DocumentNode? written) => written is null or DocumentMapping or DocumentScalar { IsNull: true };

    private object? Items(OptionShape.List shape, DocumentList written, string label)
    {
        object?[] items = [.. written.Items.Select(item => Value(shape.Item, item, $"each item of {label}"))];
        if (items.Contains(null))
            return null;
        var itemType = shape.Type.IsArray ? shape.Type.GetElementType()! : shape.Type.GetGenericArguments()[0];
        var array = Array.CreateInstance(itemType, items.Length);
        items.CopyTo(array, 0);
        return shape.Type.IsAssignableFrom(array.GetType()) ? array : Activator.CreateInstance(shape.Type, array);
    }

    private object Members(OptionShape.Map shape, DocumentMapping written)
    {
        var bound = written.Members.Select(member => (member.Name, Value: Value(shape.Value, member.Value, $"`{member.Name}`"))).ToList();
        if (shape.IsOrdered)
        {
            var tuple = typeof(ValueTuple<,>).MakeGenericType(shape.PairTypes);
            var pairs = Array.CreateInstance(tuple, bound.Count);
            for (int i = 0; i < bound.Count; i++)
                pairs.SetValue(Activator.CreateInstance(tuple, bound[i].Name, bound[i].Value), i);
            return pairs;
        }
        var values = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(shape.PairTypes))!;
        foreach (var (name, value) in bound)
            values.Add(name, value);
        return values;
    }

    private string NameOf(EntryOption option) => naming == OptionNaming.Kebab ? option.Name : option.Name.Replace('-', '_');

    private object? Noting(DocumentNode node, Func<object> read)
    {
        try
        {
            return read();
        }
        catch (FormatException e)
        {
            return Note(node.Mark, e.Message);
        }
    }

    private object? Note(DocumentMark mark, string problem)
    {
        errors.Add(new(mark, problem));
        return null;
    }
}

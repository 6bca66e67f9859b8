using System.Globalization;
using Frugal.Catalogue.Documents;

namespace Frugal.Catalogue.Binding;

/// <summary>
/// Changes one value of a document from the command line: <c>--set model=resnet20</c>, <c>--set optimizer.lr=0.01</c>. A path is made of option names; in a list, of an entry's name or a
/// position (<c>steps.train.epochs</c>, <c>steps.0.epochs</c>), and <c>*</c> stands for every name of a mapping. A path that does not begin at the top is looked for in the lists of the
/// document: <c>train.epochs</c> sets it in a recipe, and in every arm of a study that trains.
/// </summary>
/// <param name="catalogue">The entries that may be named.</param>
public sealed class DocumentOverride(CatalogueIndex catalogue)
{
    /// <summary>The document with the change made.</summary>
    /// <param name="type">What the document describes.</param>
    /// <param name="document">The document.</param>
    /// <param name="assignment">Path and value, <c>train.epochs=2</c>; the value is YAML.</param>
    /// <exception cref="FrugalException">There is no such place, or it is not clear which one is meant.</exception>
    public DocumentNode Apply(Type type, DocumentNode document, string assignment)
    {
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new FrugalException($"--set {assignment}: write a path, '=' and a value, as in --set train.epochs=2");
        var mark = new DocumentMark($"--set {assignment}", 0, 0);
        string text = assignment[(equals + 1)..];
        var value = text.Trim().Length == 0 ? new DocumentScalar("", isQuoted: true, mark) : Read(text, mark);
        return Put(OptionShape.Of(type), document, new(assignment[..equals].Trim().Split('.'), 0, value), "the document");
    }

    private DocumentNode Put(OptionShape shape, DocumentNode? node, Target target, string owner) => target.IsReached ? target.Value : shape switch
    {
        OptionShape.Group group => PutOption(EntryOption.Of(group.Type), node as DocumentMapping ?? new([], target.Value.Mark), target, owner),
        OptionShape.Map map => PutMember(map, node as DocumentMapping ?? new([], target.Value.Mark), target, owner),
        OptionShape.List list => PutItem(list, node as DocumentList ?? new([], target.Value.Mark), target, owner),
        OptionShape.Entry entry => PutEntry(entry, node, target, owner),
        _ => throw target.Fault($"{owner} is a {shape.Words} and has no `{target.Name}`"),
    };

    private DocumentMapping PutOption(IReadOnlyList<EntryOption> options, DocumentMapping mapping, Target target, string owner)
    {
        if (options.FirstOrDefault(option => option.Name == target.Name) is { } option)
            return mapping.With(option.Name, Put(option.Shape, mapping[option.Name], target.Next, $"`{option.Name}`"), target.Value.Mark);
        if (target.Depth == 0 && PutBelow(options, mapping, target) is { } changed)
            return changed;
        throw target.Fault($"{owner} has no `{target.Name}`{Known(target.Name, options.Select(option => option.Name))}");
    }

    // A path that does not begin at the top: into each list that has an item of that name, and into each member of mappings that has such a list.
    private DocumentMapping? PutBelow(IReadOnlyList<EntryOption> options, DocumentMapping mapping, Target target)
    {
        DocumentMapping? changed = null;
        foreach (var option in options)
        {
            DocumentNode? found = (option.Shape, mapping[option.Name]) switch
            {
                (OptionShape.List { Item: OptionShape.Entry } list, DocumentList items) when Named(items, target.Name).Any() => PutItem(list, items, target, $"`{option.Name}`"),
                (OptionShape.Map { Value: OptionShape.Group group }, DocumentMapping members) => PutBelowMembers(group, members, target),
                _ => null,
            };
            if (found is not null)
                changed = (changed ?? mapping).With(option.Name, found);
        }
        return changed;
    }

    private DocumentMapping? PutBelowMembers(OptionShape.Group group, DocumentMapping members, Target target)
    {
        DocumentMapping? changed = null;
        foreach (var member in members.Members)
            if (member.Value is DocumentMapping mapping && PutBelow(EntryOption.Of(group.Type), mapping, target) is { } found)
                changed = (changed ?? members).With(member.Name, found);
        return changed;
    }

    private DocumentMapping PutMember(OptionShape.Map map, DocumentMapping mapping, Target target, string owner)
    {
        if (target.Name == "*")
            return new([.. mapping.Members.Select(member => member with { Value = Put(map.Value, member.Value, target.Next, $"`{member.Name}`") })], mapping.Mark);
        if (mapping[target.Name] is null && !target.Next.IsReached)
            throw target.Fault($"{owner} has no `{target.Name}`{Known(target.Name, mapping.Members.Select(member => member.Name))}");
        return mapping.With(target.Name, Put(map.Value, mapping[target.Name], target.Next, $"`{target.Name}`"), target.Value.Mark);
    }

    private DocumentList PutItem(OptionShape.List list, DocumentList items, Target target, string owner)
    {
        if (!int.TryParse(target.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int position))
        {
            int[] named = [.. Named(items, target.Name)];
            position = named switch
            {
                [var only] => only,
                [] => throw target.Fault($"{owner} has no `{target.Name}`{Known(target.Name, items.Items.Select(item => NamedDocument.Of(item)?.Name ?? ""))}"),
                _ => throw target.Fault($"{owner} has `{target.Name}` {named.Length} times; give its position, one of {string.Join(", ", named)}"),
            };
        }
        else if (position >= items.Items.Count)
        {
            throw target.Fault($"{owner} has {items.Items.Count} items, counted from 0, so there is no {position}");
        }
        return items.With(position, Put(list.Item, items.Items[position], target.Next, $"item {position} of {owner}"));
    }

    private DocumentNode PutEntry(OptionShape.Entry shape, DocumentNode? node, Target target, string owner)
    {
        var present = NamedDocument.Of(node);
        if (present is not null && present.Name == target.Name)
            return target.Next.IsReached ? DocumentMapping.Of(present.Name, target.Value, present.Mark) : PutEntry(shape, node, target.Next, $"`{present.Name}`");
        var entry = present is null ? null : EntryOf(shape, present.Name);
        if (entry is not null && entry.Options.Any(option => option.Name == target.Name))
            return present!.With(PutOption(entry.Options, present.Options(entry.Options), target, $"`{entry.Name}`"));
        if (EntryOf(shape, target.Name) is not null)
            return Put(shape, new DocumentScalar(target.Name, isQuoted: false, target.Value.Mark), target, owner);
        throw target.Fault(entry is null
            ? $"{owner} is not a {shape.Words} that has `{target.Name}`"
            : $"`{present!.Name}` has no option `{target.Name}`{Known(target.Name, entry.Options.Select(option => option.Name))}");
    }

    private CatalogueEntry? EntryOf(OptionShape.Entry shape, string name) => catalogue.FindPreset(shape.Type, name)?.Entry ?? catalogue.Find(shape.Type, name);

    private static IEnumerable<int> Named(DocumentList items, string name) =>
        Enumerable.Range(0, items.Items.Count).Where(position => NamedDocument.Of(items.Items[position])?.Name == name);

    private static string Known(string name, IEnumerable<string> names) => NearestName.Hint(name, names) is { Length: > 0 } hint ? hint : $"; it has {string.Join(", ", names)}";

    private static DocumentNode Read(string text, DocumentMark mark)
    {
        try
        {
            return At(YamlReader.Parse(text, mark.Source), mark);
        }
        catch (DocumentException e)
        {
            throw new DocumentException(mark, e.Problem, e);
        }
    }

    // Line and column of the value mean nothing to someone who wrote one line of shell; the assignment itself is the place.
    private static DocumentNode At(DocumentNode node, DocumentMark mark) => node switch
    {
        DocumentMapping mapping => new DocumentMapping([.. mapping.Members.Select(member => new DocumentMember(member.Name, At(member.Value, mark), mark))], mark),
        DocumentList list => new DocumentList([.. list.Items.Select(item => At(item, mark))], mark),
        DocumentScalar scalar => new DocumentScalar(scalar.Text, scalar.IsQuoted, mark),
        _ => node,
    };

    /// <summary>Where a value is to go, and how far of the way has been walked.</summary>
    private readonly record struct Target(IReadOnlyList<string> Path, int Depth, DocumentNode Value)
    {
        public bool IsReached => Depth == Path.Count;

        public string Name => Path[Depth];

        public Target Next => this with { Depth = Depth + 1 };

        public FrugalException Fault(string problem) => new($"{Value.Mark}: {problem}");
    }
}

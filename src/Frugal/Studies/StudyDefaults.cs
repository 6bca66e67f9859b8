using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Recipes;

namespace Frugal.Studies;

/// <summary>
/// The <c>defaults:</c> of a study: options that every step of a name takes, and everything of a name that is written within a step, such as a training method, unless the arm says otherwise.
/// </summary>
internal sealed class StudyDefaults
{
    private const string Key = "defaults";

    private readonly DocumentMapping defaults;
    private readonly CatalogueIndex catalogue;
    private readonly DocumentDefaults merging;
    private readonly HashSet<string> used = new(StringComparer.Ordinal);

    private StudyDefaults(DocumentMapping defaults, CatalogueIndex catalogue) => (this.defaults, this.catalogue, merging) = (defaults, catalogue, new(catalogue));

    /// <summary>The study's document with its defaults written into the arms, and without the <c>defaults</c> themselves.</summary>
    /// <exception cref="DocumentException">The defaults are not a mapping of names to options, or no arm has something of a name.</exception>
    public static DocumentMapping Apply(DocumentMapping study, CatalogueIndex catalogue)
    {
        if (study[Key] is not { } written)
            return study;
        var mapping = written as DocumentMapping ?? throw new DocumentException(written.Mark, $"`{Key}` must be a mapping of names of steps or methods to options, got {written.Words}");
        study = study.Without(Key);
        if (study["arms"] is not DocumentMapping arms)
            return study;
        var defaults = new StudyDefaults(mapping, catalogue);
        study = study.With("arms", new DocumentMapping([.. arms.Members.Select(arm => arm with { Value = defaults.InArm(arm.Value) })], arms.Mark));
        defaults.RefuseUnused();
        return study;
    }

    // Whatever has not the form of an arm or a step stays as it is: binding says what is wrong with it.
    private DocumentNode InArm(DocumentNode arm) => arm is DocumentMapping mapping && mapping["steps"] is DocumentList steps
        ? mapping.With("steps", new DocumentList([.. steps.Items.Select(step => Within(OptionShape.Of(typeof(Step)), step))], steps.Mark))
        : arm;

    private DocumentNode Within(OptionShape shape, DocumentNode node) => (shape, node) switch
    {
        (OptionShape.Entry entry, _) => InEntry(entry, node),
        (OptionShape.List list, DocumentList items) => new DocumentList([.. items.Items.Select(item => Within(list.Item, item))], items.Mark),
        (OptionShape.Map map, DocumentMapping values) => new DocumentMapping([.. values.Members.Select(member => member with { Value = Within(map.Value, member.Value) })], values.Mark),
        (OptionShape.Group group, DocumentMapping options) => InOptions(options, EntryOption.Of(group.Type)),
        _ => node,
    };

    private DocumentNode InEntry(OptionShape.Entry shape, DocumentNode node)
    {
        if (NamedDocument.Of(node) is not { } written || (catalogue.FindPreset(shape.Type, written.Name)?.Entry ?? catalogue.Find(shape.Type, written.Name)) is not { } entry)
            return node;
        if (defaults[written.Name] is { } options)
        {
            used.Add(written.Name);
            node = merging.Merge(shape.Type, DocumentMapping.Of(written.Name, options, options.Mark), node);
        }
        return node is DocumentMapping { Members: [{ Value: DocumentMapping under } only] } named
            ? new DocumentMapping([only with { Value = InOptions(under, entry.Options) }], named.Mark)
            : node;
    }

    private DocumentMapping InOptions(DocumentMapping written, IReadOnlyList<EntryOption> options) => new(
        [.. written.Members.Select(member => options.FirstOrDefault(option => option.Name == member.Name) is { } option ? member with { Value = Within(option.Shape, member.Value) } : member)], written.Mark);

    private void RefuseUnused()
    {
        if (defaults.Members.FirstOrDefault(member => !used.Contains(member.Name)) is not { } unused)
            return;
        bool isKnown = catalogue.Entries.Any(entry => entry.Name == unused.Name || entry.Presets.Any(preset => preset.Name == unused.Name));
        throw new DocumentException(unused.Mark, isKnown
            ? $"`{Key}` has options for `{unused.Name}`, but no arm has one; write it into an arm, or take the options out"
            : $"`{Key}` has options for `{unused.Name}`, which nothing is called{NearestName.Hint(unused.Name, catalogue.Entries.Select(entry => entry.Name).Distinct())}");
    }
}

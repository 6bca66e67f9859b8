using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Studies;

namespace Frugal.Wide.Tests.Catalogue;

/// <summary>
/// What every entry of the catalogue must do, whatever its kind. A new entry is in all of these by existing; there is no list of exceptions, but a type may
/// state in code why a check has no meaning for it (<see cref="UnsupportedAttribute"/>), and its page prints the reason.
/// </summary>
public class CatalogueWideTests
{
    private static readonly CatalogueIndex catalogue = CatalogueIndex.Default;

    public static IEnumerable<TheoryDataRow<string>> Entries => catalogue.Entries.Select(entry => new TheoryDataRow<string>(entry.ToString()));

    public static IEnumerable<TheoryDataRow<string, string>> Options =>
        catalogue.Entries.SelectMany(entry => entry.Options.Select(option => new TheoryDataRow<string, string>(entry.ToString(), option.Name)));

    public static IEnumerable<TheoryDataRow<string>> Presets =>
        catalogue.Entries.SelectMany(entry => entry.Presets.Select(preset => new TheoryDataRow<string>($"{entry} {preset.Name}")));

    private static CatalogueEntry EntryOf(string name) => catalogue.Entries.Single(entry => entry.ToString() == name);

    private static EntryOption OptionOf(CatalogueEntry entry, string name) => entry.Options.Single(option => option.Name == name);

    private static object Bind(CatalogueEntry entry, DocumentNode document) => new Binder(catalogue).Bind(entry.Kind.Type, document);

    private static void Discard(object made) => (made as IDisposable)?.Dispose();

    [Theory]
    [MemberData(nameof(Entries))]
    public void Is_built_from_its_defaults(string name)
    {
        var entry = EntryOf(name);
        object made = Bind(entry, LegalValues.Minimal(catalogue, entry));
        Assert.IsType(entry.Type, made);
        Discard(made);
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void Reads_back_as_it_was_written(string name)
    {
        var entry = EntryOf(name);
        object made = Bind(entry, LegalValues.Minimal(catalogue, entry));
        foreach (bool withDefaults in new[] { true, false })
        {
            var writer = new ObjectWriter(withDefaults);
            string written = YamlWriter.Write(writer.Write(made));
            object again = Bind(entry, YamlReader.Parse(written, "written.yaml"));
            Assert.Equal(written, YamlWriter.Write(writer.Write(again)));
            Assert.Equal(new ObjectWriter(withDefaults: true).Write(made).ToString(), new ObjectWriter(withDefaults: true).Write(again).ToString());
            Discard(again);
        }
        Discard(made);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Every_option_keeps_another_value_over_a_round_trip(string name, string optionName)
    {
        var entry = EntryOf(name);
        var option = OptionOf(entry, optionName);
        var value = LegalValues.Other(catalogue, entry, option);
        object made = Bind(entry, LegalValues.With(catalogue, entry, option, value));
        var written = new ObjectWriter(withDefaults: false).Write(made);
        if (!option.IsRequired)
            Assert.NotEqual(new ObjectWriter(withDefaults: false).Write(Bind(entry, LegalValues.Minimal(catalogue, entry))).ToString(), written.ToString());
        object again = Bind(entry, YamlReader.Parse(YamlWriter.Write(written), "written.yaml"));
        Assert.Equal(written.ToString(), new ObjectWriter(withDefaults: false).Write(again).ToString());
        Discard(made);
        Discard(again);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void A_number_states_its_range_and_the_setter_holds_to_it(string name, string optionName)
    {
        var entry = EntryOf(name);
        var option = OptionOf(entry, optionName);
        if (option.Shape is not OptionShape.Scalar { IsNumber: true } shape)
            return;
        Assert.True(option.Range is not null, $"{entry.Type.Name}.{option.Property.Name} is a number without [Range]");
        foreach (var (value, isLegal) in LegalValues.Around(shape, option.Range))
        {
            var document = LegalValues.With(catalogue, entry, option, value);
            if (!isLegal)
                Assert.Contains($"`{option.Name}`", Assert.Throws<BindingException>(() => Bind(entry, document)).Message, StringComparison.Ordinal);
            // The largest layers that are allowed would fill the memory of the machine.
            else if (!typeof(Frugal.Layers.Layer).IsAssignableFrom(entry.Type))
                Discard(Bind(entry, document));
        }
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void Says_what_it_is(string name)
    {
        var entry = EntryOf(name);
        AssertSays(entry.Name, entry.Summary);
        Assert.All(entry.Presets, preset => AssertSays(preset.Name, preset.Summary));
        foreach (var option in entry.Options)
        {
            AssertSays(option.Name, option.Summary);
            if (option.Shape is OptionShape.Choice choice)
                Assert.All(Enum.GetNames(choice.Type), member => AssertSays(member, XmlDocumentation.OfMember(choice.Type, member)));
        }
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void A_preset_is_read_by_its_name(string name)
    {
        var preset = catalogue.Entries.SelectMany(entry => entry.Presets).Single(preset => $"{preset.Entry} {preset.Name}" == name);
        var writer = new ObjectWriter(withDefaults: true);
        Assert.Equal(writer.Write(preset.Value).ToString(), writer.Write(Bind(preset.Entry, new DocumentScalar(preset.Name))).ToString());
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void Combines_with_entries_that_exist(string name) =>
        Assert.All(EntryOf(name).Capabilities.CombinesWith, other => Assert.Contains(catalogue.Entries, entry => entry.Name == other));

    [Theory]
    [MemberData(nameof(Entries))]
    public void Is_left_out_of_checks_that_exist_and_for_a_reason(string name) => Assert.All(EntryOf(name).Unsupported, unsupported =>
    {
        Assert.Contains(unsupported.Check, new[] { "training", "save", "resume", "onnx", "pack" });
        Assert.InRange(unsupported.Reason.Length, 20, 300);
    });

    [Theory]
    [MemberData(nameof(Entries))]
    public void Names_a_paper_whose_folder_has_a_page_and_a_study(string name)
    {
        if (EntryOf(name).Paper is not { } paper)
            return;
        string folder = Path.Combine(RepositoryFolder.Path, "papers", paper);
        Assert.Contains($"frugal reproduce {paper}", File.ReadAllText(Path.Combine(folder, "README.md")), StringComparison.Ordinal);
        string study = Path.Combine(folder, "study.yaml");
        Assert.NotEmpty(StudyFile.Read(YamlReader.Parse(File.ReadAllText(study), study), paper, catalogue).Claims);
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void Has_at_most_one_shorthand(string name) => Assert.True(EntryOf(name).Options.Count(option => option.IsShorthand) <= 1);

    // A comment that only repeats the name's words says nothing.
    private static void AssertSays(string name, string summary)
    {
        Assert.True(summary.Length > 0, $"{name} has no documentation comment");
        string[] words = KebabCase.Of(name).Split('-');
        Assert.True(summary.Split([' ', '.', ','], StringSplitOptions.RemoveEmptyEntries).Any(word => word.Length > 3 && !words.Contains(word, StringComparer.OrdinalIgnoreCase)),
            $"the comment of {name} only repeats its name: {summary}");
    }
}

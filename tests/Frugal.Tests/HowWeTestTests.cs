using System.Reflection;
using System.Text.RegularExpressions;

namespace Frugal.Tests;

/// <summary>The page docs/how-we-test.md says which numbered reliability tests exist; it may claim neither more nor less than the code.</summary>
public partial class HowWeTestTests
{
    private const string TraitName = "Reliability";

    private static readonly Assembly[] programs = [typeof(HowWeTestTests).Assembly, typeof(Wide.Tests.Catalogue.CatalogueWideTests).Assembly];

    [Fact]
    public void Page_lists_exactly_the_tests_that_carry_a_number()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryFolder.Path, "docs", "how-we-test.md"));
        var claimed = Row().Matches(page).Select(row => (row.Groups["number"].Value, row.Groups["type"].Value)).Order();
        Assert.Equal(Marked().Distinct().Order(), claimed);
    }

    private static IEnumerable<(string Number, string Class)> Marked() =>
        from program in programs
        from type in program.GetTypes()
        from member in type.GetMethods(BindingFlags.Public | BindingFlags.Instance).Append<MemberInfo>(type)
        from trait in member.GetCustomAttributes<TraitAttribute>(inherit: false)
        where trait.Name == TraitName
        select (trait.Value, NameOnPage(type));

    /// <summary>Classes of this program stand on the page without it, those of another one with their whole name.</summary>
    private static string NameOnPage(Type type)
    {
        string name = type.FullName!.Replace('+', '.'), here = $"{typeof(HowWeTestTests).Namespace}.";
        return name.StartsWith(here, StringComparison.Ordinal) ? name[here.Length..] : name;
    }

    [GeneratedRegex(@"^\| (?<number>T\d+) \|[^|]*\| `(?<type>[\w.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
